/** Rows as people or programs want them: a table, one JSON object a line, or CSV. */
import type { ShownRows } from "../../commands/answers.ts";
import { tableLines } from "../../lib/table.ts";
import { logFormat, rowsOutput } from "../flags.ts";
import type { Call } from "../verb.ts";

/** As `--output` says, else `--log-format`. */
export const printRows = (call: Call, shown: ShownRows): void => {
  const output = call.read(rowsOutput) ?? (call.read(logFormat) === "json" ? "json" : "table");
  call[output === "table" ? "print" : "hand"](rowsText(shown, output, call.width));
};

const rowsText = (shown: ShownRows, output: "table" | "json" | "csv", width: number): string => {
  const { columns, rows } = shown;
  if (output === "csv") return [columns, ...rows].map((row) => row.map(csvField).join(",")).join("\n");
  if (output === "json")
    return rows.map((row) => JSON.stringify(Object.fromEntries(columns.map((c, i) => [c, row[i] ?? null])))).join("\n");
  return rows.length === 0
    ? `no rows; columns: ${columns.join(", ")}`
    : tableLines({ columns, rows, width }).join("\n");
};

/** NULL is an empty field, the empty string is "". */
const csvField = (value: string | null): string => {
  if (value === null) return "";
  return value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
};
