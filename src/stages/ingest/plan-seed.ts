/** A plain seed's file and config in; its columns with their types, and how to read it, out. */
import type { SeedConfig } from "../../domain/config.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { isUsable } from "../../lib/csv-scan.ts";
import { suggest } from "../../lib/suggest.ts";
import { ALL_TYPES, firstOf, typesOfField } from "./field-types.ts";
import { type CsvTable, openTable, readFile } from "./open-table.ts";
import { readFailure } from "./read-failure.ts";

export type SeedFile = {
  readonly absolutePath: string;
  /** For messages: relative to the project. */
  readonly label: string;
};

export type SeedColumn = {
  readonly name: string;
  /** A type as SQL writes it. */
  readonly type: string;
  /** Declared by the author, so never widened. */
  readonly isDeclared: boolean;
};

export type SeedPlan = {
  readonly file: SeedFile;
  readonly delimiter: string;
  readonly headerCase: "fold" | "keep";
  readonly columns: readonly SeedColumn[];
};

export type SeedReading = Pick<SeedConfig, "columnTypes" | "delimiter" | "quoteColumns">;

/** Types are read off the first MiB; what comes later can widen them. */
const LOOKED_AT_BYTES = 1024 * 1024;

export const planSeed = async (file: SeedFile, config: SeedReading): Promise<Outcome<SeedPlan>> => {
  const headerCase = config.quoteColumns ? "keep" : "fold";
  try {
    const table = await openTable(readFile(file.absolutePath), file.label, config.delimiter, headerCase);
    if (!table.ok) return table;
    const inferred = await inferTypes(table.value);
    const declared = new Map(
      [...config.columnTypes].map(([name, type]) => [config.quoteColumns ? name : name.toLowerCase(), type]),
    );
    const unknown = [...declared.keys()].filter((name) => !table.value.columns.includes(name));
    if (unknown.length > 0) return failed(...unknown.map((name) => noSuchColumn(name, file, table.value.columns)));
    const columns = table.value.columns.map((name, i) => {
      const type = declared.get(name);
      return { name, type: type ?? firstOf(inferred[i] ?? ALL_TYPES), isDeclared: type !== undefined };
    });
    return ok({ file, delimiter: config.delimiter, headerCase, columns });
  } catch (error) {
    const unread = readFailure(error, file.label);
    if (unread !== undefined) return failed(unread);
    throw error;
  }
};

const inferTypes = async ({ columns, blocks }: CsvTable): Promise<readonly number[]> => {
  const fitting: number[] = columns.map(() => ALL_TYPES);
  let seen = 0;
  for await (const rows of blocks) {
    for (let row = rows.first; row < rows.count; row++) {
      if (!isUsable(rows.states[row] ?? 0)) continue;
      for (let column = 0; column < columns.length; column++) {
        fitting[column] = (fitting[column] ?? 0) & typesOfField(rows, row, column);
      }
    }
    seen += rows.consumed;
    if (seen >= LOOKED_AT_BYTES) break;
  }
  return fitting;
};

const noSuchColumn = (name: string, file: SeedFile, columns: readonly string[]): Diagnostic => {
  const near = suggest(name, columns);
  return errorOf("ingest/no-such-column", `column_types names "${name}", which ${file.label} does not have`, {
    help: near === undefined ? `it has: ${columns.join(", ")}` : `did you mean "${near}"?`,
  });
};
