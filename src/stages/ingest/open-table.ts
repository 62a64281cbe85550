/** A CSV file's bytes in; its checked column names and a stream of judged rows out. */
import { createReadStream } from "node:fs";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { byteLength, MAX_NAME_BYTES } from "../../domain/names.ts";
import { openCsv } from "../../lib/csv-read.ts";
import { type CsvRows, ROW } from "../../lib/csv-scan.ts";
import { plainBytes } from "../../lib/gzip-by-content.ts";
import { atLine, rowFault } from "./row-faults.ts";

export type CsvTable = {
  readonly columns: readonly string[];
  readonly headerLine: number;
  /** Each block is to be used up before the next is asked for. */
  readonly blocks: AsyncGenerator<CsvRows, void, undefined>;
};

/** How names are made from headers: `fold` as PostgreSQL folds what is not quoted. */
export type HeaderCase = "fold" | "keep";

const CHUNK_BYTES = 256 * 1024;

export const readFile = (absolutePath: string): AsyncIterable<Uint8Array> =>
  createReadStream(absolutePath, { highWaterMark: CHUNK_BYTES });

export const openTable = async (
  source: AsyncIterable<Uint8Array>,
  label: string,
  delimiter: string,
  headerCase: HeaderCase,
): Promise<Outcome<CsvTable>> => {
  const { header, blocks } = await openCsv(plainBytes(source), delimiter);
  if (header === undefined || (header.names.length === 1 && header.names[0] === "")) {
    await blocks.return();
    const message = header === undefined ? "is empty" : "begins with an empty line";
    return failed(
      errorOf("ingest/empty-file", `${label} ${message}: it has no header`, {
        help: "the first line names the columns; a file without rows has just that line",
      }),
    );
  }
  const columns = headerCase === "fold" ? header.names.map((name) => name.toLowerCase()) : header.names;
  const found =
    header.state >= ROW.malformed
      ? [
          errorOf("ingest/bad-header", `the header of ${label} ${rowFault(header.state, 0, 0)}`, {
            at: atLine(label, header.line, ""),
            help: header.state === ROW.badUtf8 || header.state === ROW.nul ? SAVE_AS_UTF8 : undefined,
          }),
        ]
      : headerFaults(columns, header.names, label, header.line);
  if (found.length === 0) return ok({ columns, headerLine: header.line, blocks });
  await blocks.return();
  return failed(...found);
};

const SAVE_AS_UTF8 = "save the file as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8";

const headerFaults = (
  columns: readonly string[],
  written: readonly string[],
  label: string,
  line: number,
): readonly Diagnostic[] => {
  const found: Diagnostic[] = [];
  const firsts = new Map<string, number>();
  const text = written.join(",");
  columns.forEach((name, i) => {
    const before = firsts.get(name);
    const at = atLine(label, line, text);
    if (name === "") {
      found.push(errorOf("ingest/bad-header", `column ${i + 1} of ${label} has no name in the header`, { at }));
    } else if (byteLength(name) > MAX_NAME_BYTES) {
      const message = `the header "${name}" of ${label} is longer than ${MAX_NAME_BYTES} bytes`;
      found.push(errorOf("ingest/bad-header", message, { at, help: "PostgreSQL would cut the column's name" }));
    } else if (before !== undefined) {
      const message = `columns ${before + 1} and ${i + 1} of ${label} have one name: "${written[before]}" and "${written[i]}"`;
      found.push(errorOf("ingest/duplicate-header", message, { at }));
    } else firsts.set(name, i);
  });
  return found;
};
