/** Columns with their types and batches of rows in, a Parquet file out: a row group a batch. The room of hyparquet-writer. */
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { TableResult } from "../../domain/contracts/database.ts";
import type { TypedColumn } from "../../domain/features.ts";

type Value = string | number | bigint | boolean | null;
type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];
type Element = Omit<Schema[number], "name" | "num_children" | "repetition_type">;

type Kind = { readonly element: Element; readonly valueOf: (text: string) => Value };

export type ParquetFile = {
  readonly take: (rows: TableResult["rows"]) => Promise<void>;
  /** The file is whole only after this. */
  readonly finish: () => Promise<void>;
};

export const openParquet = (path: string, columns: readonly TypedColumn[]): ParquetFile => {
  const kinds = columns.map(({ type }) => kindOf(type));
  const leaves = columns.map(({ name }, i) => ({ ...kinds[i]?.element, name, repetition_type: "OPTIONAL" }) as const);
  const schema: Schema = [{ name: "root", num_children: columns.length }, ...leaves];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema, createdBy: "galley" });
  return {
    take: async (rows) => {
      const columnData = columns.map(({ name }, i) => ({
        name,
        data: rows.map((row) => meant(kinds[i], row[i] ?? null)),
      }));
      await writer.write({ columnData, rowGroupSize: rows.length });
    },
    finish: async () => {
      await writer.finish();
    },
  };
};

const meant = (kind: Kind | undefined, text: string | null): Value =>
  text === null || kind === undefined ? null : kind.valueOf(text);

const DOUBLE: Kind = { element: { type: "DOUBLE" }, valueOf: Number };
const INT32: Kind = { element: { type: "INT32" }, valueOf: Number };
const TEXT: Kind = { element: { type: "BYTE_ARRAY", converted_type: "UTF8" }, valueOf: (text) => text };

/** `numeric` becomes a double, as whoever trains a model wants it; what Parquet has no type for stays text. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["smallint", INT32],
  ["integer", INT32],
  ["bigint", { element: { type: "INT64" }, valueOf: BigInt }],
  ["real", { element: { type: "FLOAT" }, valueOf: Number }],
  ["double precision", DOUBLE],
  ["numeric", DOUBLE],
  ["boolean", { element: { type: "BOOLEAN" }, valueOf: (text) => text === "t" }],
  ["date", { element: { type: "INT32", converted_type: "DATE" }, valueOf: (text) => daysOf(text) }],
  ["timestamp without time zone", timestamp(false)],
  ["timestamp with time zone", timestamp(true)],
]);

function timestamp(isAdjustedToUTC: boolean): Kind {
  return {
    element: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC, unit: "MICROS" } },
    valueOf: (text) => microsecondsOf(text),
  };
}

const kindOf = (type: string): Kind => KINDS.get(type.replace(/\([^)]*\)/, "")) ?? TEXT;

const DAY_MS = 86_400_000;

/** Infinity, and years that Date does not know, are no value. */
const daysOf = (text: string): number | null => {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) ? null : ms / DAY_MS;
};

/** As PostgreSQL prints it in UTC: 2024-01-31 20:00:00.123456+00. */
const microsecondsOf = (text: string): bigint | null => {
  const [, day, time, fraction = ""] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?$/.exec(text) ?? [];
  if (day === undefined) return null;
  return BigInt(Date.parse(`${day}T${time}Z`)) * 1000n + BigInt(fraction.padEnd(6, "0"));
};
