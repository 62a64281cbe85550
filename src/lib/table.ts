/** From columns and rows of texts to the lines of a table that fits a width. */
import { cutTo, padEnd, padStart, printable, textWidth } from "./text-width.ts";

export type TextTable = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Columns of the terminal; what does not fit is cut, then left out and counted. */
  readonly width: number;
};

/** Lines without colour: the header, a rule, the rows, and a line that says which columns were left out. */
export const tableLines = ({ columns, rows, width }: TextTable): readonly string[] => {
  const all = columns.map((name, i) =>
    columnOf(
      name,
      rows.map((row) => row[i] ?? null),
    ),
  );
  const shown = fitting(all, width);
  const lineOf = (cells: (column: Column) => string): string => shown.map(cells).join(GAP).trimEnd();
  const lines = [
    lineOf((c) => aligned(c, c.name)),
    lineOf((c) => "─".repeat(c.width)),
    ...rows.map((_, i) => lineOf((c) => aligned(c, c.cells[i] ?? ""))),
  ];
  const left = all.slice(shown.length).map((c) => c.name);
  return left.length === 0 ? lines : [...lines, cutTo(`… and ${left.join(", ")}`, Math.max(width, 24))];
};

type Column = {
  readonly name: string;
  readonly cells: readonly string[];
  readonly isNumeric: boolean;
  readonly width: number;
};

const GAP = "  ";
/** No cell is wider while others wait for room. */
const WIDEST_CELL = 40;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

const columnOf = (name: string, values: readonly (string | null)[]): Column => {
  const cells = values.map((value) => (value === null ? "NULL" : printable(value)));
  const known = values.filter((value) => value !== null);
  return {
    name: printable(name),
    cells,
    isNumeric: known.length > 0 && known.every((value) => NUMBER.test(value)),
    width: Math.max(1, textWidth(printable(name)), ...cells.map(textWidth)),
  };
};

const fitting = (columns: readonly Column[], width: number): readonly Column[] => {
  const total = (some: readonly Column[]): number =>
    some.reduce((sum, c) => sum + c.width, 0) + GAP.length * Math.max(0, some.length - 1);
  if (total(columns) <= width) return columns;
  const narrowed = columns.map((c) => ({ ...c, width: Math.min(c.width, WIDEST_CELL) }));
  let count = narrowed.length;
  while (count > 1 && total(narrowed.slice(0, count)) > width) count--;
  return narrowed.slice(0, count).map((c) => ({ ...c, width: Math.min(c.width, Math.max(1, width)) }));
};

const aligned = (column: Column, text: string): string => {
  const cut = cutTo(text, column.width);
  return column.isNumeric ? padStart(cut, column.width) : padEnd(cut, column.width);
};
