/**
 * A golden case is one text file: a sentence, then lines `name: value` of what is handed in, then the project's files,
 * then what is said of them.
 *
 *     A ref to a name that nothing has.
 *     vars: {football: true}
 *     --- models/a.sql
 *     select * from {{ref "b"}}
 *     --- expected
 *     models/a.sql:1:15  error  link/unknown-reference
 *     …
 *
 * `--- path (latin1)` is written in that encoding, `(crlf)` with those line breaks; without a project.yml the case gets a small one.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export type GoldenFile = { readonly path: string; readonly text: string; readonly encoding: Encoding };

/** `crlf`: UTF-8 with the line breaks of Windows. */
type Encoding = "utf8" | "latin1" | "utf16le" | "crlf";

export type GoldenCase = {
  /** `link/unknown-reference` */
  readonly name: string;
  readonly title: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly files: readonly GoldenFile[];
  readonly expected: string;
};

const MARK = /^--- (.+?)(?: \((latin1|utf16le|crlf)\))?$/;
const EXPECTED = "--- expected";
const PROJECT: GoldenFile = { path: "project.yml", text: "name: demo\nschema: analytics\n", encoding: "utf8" };

export const goldenCases = (root: string): readonly GoldenCase[] =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".golden"))
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => parseCase(path.replace(/\.golden$/, ""), readFileSync(join(root, path), "utf8")));

const parseCase = (name: string, text: string): GoldenCase => {
  const [above = "", expected = ""] = split(text, EXPECTED);
  const settings = new Map<string, string>();
  const files: { path: string; lines: string[]; encoding: Encoding }[] = [];
  const [title = "", ...lines] = above.split("\n");
  for (const line of lines) {
    const mark = MARK.exec(line);
    const setting = /^(\w+): (.*)$/.exec(line);
    if (mark !== null) files.push({ path: mark[1] ?? "", lines: [], encoding: (mark[2] ?? "utf8") as Encoding });
    else if (files.length > 0) files.at(-1)?.lines.push(line);
    else if (setting !== null) settings.set(setting[1] ?? "", setting[2] ?? "");
  }
  const read = files.map(({ path, lines: own, encoding }) => ({ path, text: `${own.join("\n")}\n`, encoding }));
  const hasProject = settings.has("bare") || read.some((f) => f.path === "project.yml");
  return { name, title, settings, files: hasProject ? read : [PROJECT, ...read], expected: expected.trim() };
};

const split = (text: string, at: string): readonly string[] => {
  const index = text.indexOf(`${at}\n`);
  return index === -1 ? [text.trimEnd()] : [text.slice(0, index).trimEnd(), text.slice(index + at.length + 1)];
};

/** Writes what a case says now in place of what it expected. */
export const rewriteExpected = (root: string, name: string, actual: string): void => {
  const path = join(root, `${name}.golden`);
  const [above = ""] = split(readFileSync(path, "utf8"), EXPECTED);
  writeFileSync(path, `${above}\n${EXPECTED}\n${actual}\n`);
};

/** The case's files in a folder of their own, while `use` runs. */
export const withFiles = async <T>(files: readonly GoldenFile[], use: (root: string) => Promise<T>): Promise<T> => {
  const root = mkdtempSync(join(tmpdir(), "galley-golden-"));
  try {
    for (const { path, text, encoding } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), bytesOf(text, encoding));
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
};

const bytesOf = (text: string, encoding: Encoding): Buffer =>
  encoding === "crlf" ? Buffer.from(text.replaceAll("\n", "\r\n")) : Buffer.from(text, encoding);
