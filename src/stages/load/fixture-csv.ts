/** From a CSV text, inline or a file's, to rows whose values know where they stand. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { placeOf } from "../../domain/placed-text.ts";
import type { Located } from "../../domain/source.ts";
import type { WrittenFixture } from "../../domain/unit-test.ts";
import { type CsvField, readCsvText } from "../../lib/csv-text.ts";

/** Undefined after saying what is wrong. */
export const csvRows = (text: Located<string>, found: Diagnostic[]): WrittenFixture | undefined => {
  const { file, spanAt } = placeOf(text);
  const at = ({ start, end }: Pick<CsvField, "start" | "end">) => spanAt({ file, start, end });
  const { rows: read, malformed } = readCsvText(text.value);
  const before = found.length;
  for (const row of malformed)
    found.push(
      errorOf("load/bad-fixture", "this row is no CSV: a quotation is not closed, or goes on", { at: at(row) }),
    );
  const [header, ...body] = read;
  if (header === undefined) {
    const help = "the first line names the columns; `rows: []` without a format is an input without rows";
    found.push(errorOf("load/bad-fixture", "this CSV has no header", { at: text.span, help }));
    return undefined;
  }
  const columns = header.map((field) => ({ value: (field.value ?? "").trim(), span: at(field) }));
  const rows = body.map((fields) => {
    if (fields.length !== columns.length) {
      const [first, last] = [fields[0], fields.at(-1)];
      const message = `this row has ${fields.length} values, and the header names ${columns.length} columns`;
      found.push(
        errorOf("load/bad-fixture", message, {
          at: first === undefined || last === undefined ? text.span : at({ start: first.start, end: last.end }),
          help: "an empty value is NULL; a value with a comma in it stands in double quotes",
        }),
      );
    }
    return columns.map((column, i) => ({
      column,
      value: fields[i]?.value ?? null,
      span: fields[i] === undefined ? text.span : at(fields[i]),
    }));
  });
  return found.length > before ? undefined : { kind: "rows", columns, rows, span: text.span };
};
