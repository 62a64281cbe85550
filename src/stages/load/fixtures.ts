/** From `rows`, `format` and `fixture` of a unit test to rows in which every value knows its place, or to a query. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type Located, type Span, wholeFile } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { textAt, valueAt } from "../../domain/tree-read.ts";
import type { WrittenFixture } from "../../domain/unit-test.ts";
import { suggest } from "../../lib/suggest.ts";
import { csvRows } from "./fixture-csv.ts";
import { dictRows } from "./fixture-dict.ts";
import { readSource } from "./read-file.ts";

/** The files that rows may come from, read when a test names one. */
export type FixtureFiles = {
  readonly root: string;
  /** Of fixtures/. */
  readonly paths: readonly string[];
  /** Of seeds/. */
  readonly seeds: readonly string[];
};

/** `input` is undefined for what is expected. Undefined after saying what is wrong; paths of files are added to `files`. */
export const readFixture = (
  tree: Tree,
  input: Located<string> | undefined,
  fixtures: FixtureFiles,
  files: string[],
  found: Diagnostic[],
): WrittenFixture | undefined => {
  const rows = valueAt(tree, "rows");
  const named = textAt(tree, "fixture");
  const format = textAt(tree, "format")?.value;
  const at = input?.span ?? tree.span;
  if (named !== undefined) {
    const path = fixturePath(named, format, fixtures, found);
    return path === undefined ? undefined : fromFile(path, named.span, fixtures.root, files, found);
  }
  if (rows === undefined || (rows.kind === "scalar" && rows.value === null)) {
    const seed = input === undefined ? undefined : seedPath(input, fixtures);
    if (seed !== undefined) return fromFile(seed, at, fixtures.root, files, found);
    found.push(errorOf("load/bad-fixture", "no rows are said here", { at, help: NO_ROWS }));
    return undefined;
  }
  if (rows.kind === "list" && (format ?? "dict") === "dict") return dictRows(rows, found);
  if (rows.kind === "scalar" && typeof rows.value === "string" && format !== undefined && format !== "dict") {
    const text = { value: rows.value, span: rows.span };
    if (format === "csv") return csvRows(text, found);
    return isTemplateAlone(text, found) ? { kind: "sql", text, span: rows.span } : undefined;
  }
  const wanted = format === undefined || format === "dict" ? "a list of mappings" : "a text";
  const help =
    rows.kind === "scalar" && wanted !== "a text"
      ? "say `format: csv` or `format: sql` for rows as text"
      : format === "csv"
        ? "write `rows: |` with the CSV below it"
        : 'write `rows: [{ id: 1, name: "Ada" }]`';
  found.push(errorOf("load/bad-fixture", `rows of format ${format ?? "dict"} are ${wanted}`, { at: rows.span, help }));
  return undefined;
};

const NO_ROWS =
  "`rows: []` is an input without rows; `fixture: name` takes them from fixtures/name.csv or .sql; a seed alone needs neither";

/** False after saying that `${…}` would reach SQL as it is. */
export const isTemplateAlone = ({ value, span }: Located<string>, found: Diagnostic[]): boolean => {
  if (!span.file.text.slice(span.start, span.end).includes("${") || value.includes("${")) return true;
  found.push(
    errorOf("load/interpolation", "a query is a template, and `${…}` is not filled in", {
      at: span,
      help: 'write {{literal (var "name")}}, {{ident (var "name")}} or {{literal (env_var "NAME")}}',
    }),
  );
  return false;
};

const fromFile = (
  path: string,
  at: Span,
  root: string,
  files: string[],
  found: Diagnostic[],
): WrittenFixture | undefined => {
  files.push(path);
  const file = readSource(root, path, found);
  if (file === undefined) return undefined;
  const text = { value: file.text, span: { file, start: 0, end: file.text.length } };
  if (path.endsWith(".csv")) return csvRows(text, found);
  return { kind: "sql", text, span: at };
};

const seedPath = (input: Located<string>, { seeds }: FixtureFiles): string | undefined => {
  const name = /^\s*(?:ref\s*\(\s*["'])?([^"'()\s]+)(?:["']\s*\))?\s*$/.exec(input.value)?.[1];
  return seeds.find((path) => path.endsWith(`/${name}.csv`));
};

const ENDING = /\.(csv|sql)$/;
const stemOf = (path: string): string => path.replace(/^.*\//, "").replace(ENDING, "");

const fixturePath = (
  { value, span }: Located<string>,
  format: string | undefined,
  { paths }: FixtureFiles,
  found: Diagnostic[],
): string | undefined => {
  const fits = (path: string): boolean => format === undefined || path.endsWith(`.${format}`);
  const name = value.replace(ENDING, "");
  const matching = paths.filter((path) => stemOf(path) === name && fits(path));
  if (matching.length === 1) return matching[0];
  if (matching.length > 1) {
    const notes = matching.map((path) => ({ message: "is one", at: wholeFile({ path, text: "" }) }));
    const message = `${matching.length} fixture files are named \`${name}\``;
    found.push(errorOf("load/unknown-fixture", message, { at: span, notes, help: "rename one, or say the `format`" }));
    return undefined;
  }
  const near = suggest(name, paths.map(stemOf));
  const ending = format === undefined ? "csv or .sql" : format;
  const help = near === undefined ? `it would be fixtures/${name}.${ending}` : `did you mean \`${near}\`?`;
  found.push(errorOf("load/unknown-fixture", `there is no fixture file \`${name}\``, { at: span, help }));
  return undefined;
};
