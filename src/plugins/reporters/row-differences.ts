/** What differs between the rows of a unit test in, a table or a sentence out: `expected → actual` in each cell that differs. */
import type { DifferingRow, RowDifferences } from "../../domain/unit-test.ts";
import { countOf, countText } from "../../lib/duration.ts";
import { tableLines } from "../../lib/table.ts";

export const ARROW = "→";

/** The mark of each kind of row. */
const MARKS = { differs: "≠", missing: "-", unexpected: "+" } as const;

const CHANGE = `${MARKS.differs}: expected ${ARROW} actual`;

/** More rows than these say little more. */
const MOST_SHOWN = 20;

/** `1 row differs (≠: expected → actual), 2 rows are missing (-); 3 rows are as expected` */
export const differencesText = ({ rows, equal }: RowDifferences): string => {
  const count = (kind: DifferingRow["kind"]): number => rows.filter((row) => row.kind === kind).length;
  const part = (n: number, one: string, more: string): readonly string[] =>
    n === 0 ? [] : [`${countOf(n, "row")} ${n === 1 ? one : more}`];
  const wrong = [
    ...part(count("differs"), `differs (${CHANGE})`, `differ (${CHANGE})`),
    ...part(count("missing"), `is missing (${MARKS.missing})`, `are missing (${MARKS.missing})`),
    ...part(count("unexpected"), `was not expected (${MARKS.unexpected})`, `were not expected (${MARKS.unexpected})`),
  ].join(", ");
  return equal === 0 ? wrong : `${wrong}; ${countOf(equal, "row")} ${equal === 1 ? "is" : "are"} as expected`;
};

/** In a sentence is room for so many. */
const MOST_IN_LINE = 3;

/** For reports of one line: what stands in `differencesText`, and the first rows: `≠ id 2, ships_free false → true`. */
export const differencesLine = (differences: RowDifferences): string => {
  const { columns, rows } = differences;
  const shown = rows.slice(0, MOST_IN_LINE).map((row) => {
    const cells = cellsOf(row).map((cell, i) => `${columns[i]} ${cell}`);
    return `${MARKS[row.kind]} ${cells.join(", ")}`.replaceAll(/\s+/g, " ");
  });
  const more = rows.length - shown.length;
  return `${differencesText(differences)}: ${[...shown, ...(more === 0 ? [] : [`… and ${countText(more)} more`])].join("; ")}`;
};

/** A row for each that differs, after its mark, and how many were left out. */
export const differenceTable = ({ columns, rows }: RowDifferences) => {
  const shown = rows.slice(0, MOST_SHOWN);
  return {
    columns: ["", ...columns],
    rows: shown.map((row) => [MARKS[row.kind], ...cellsOf(row)]),
    more: shown.length === rows.length ? undefined : `… and ${countText(rows.length - shown.length)} more`,
  };
};

/** A header, a rule, the table, and how many were left out. */
export const differenceLines = (differences: RowDifferences, width: number): readonly string[] => {
  const { more, ...table } = differenceTable(differences);
  return [...tableLines({ ...table, width }), ...(more === undefined ? [] : [more])];
};

/** As texts for any table: NULL and the empty text cannot be taken for each other. */
const cellsOf = (row: DifferingRow): readonly string[] =>
  row.kind === "differs"
    ? row.cells.map(({ expected, actual, isEqual }) =>
        isEqual ? valueText(expected) : `${valueText(expected)} ${ARROW} ${valueText(actual)}`,
      )
    : row.cells.map(valueText);

const valueText = (value: string | null): string => (value === null ? "NULL" : value === "" ? "''" : value);
