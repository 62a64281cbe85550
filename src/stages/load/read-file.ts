/** From a path to its text, or to why it is none. */
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type SourceFile, wholeFile } from "../../domain/source.ts";

/** What was wrong is pushed to `found`. A byte order mark is not part of the text. */
export const readSource = (root: string, path: string, found: Diagnostic[]): SourceFile | undefined => {
  const at = wholeFile({ path, text: "" });
  let bytes: Buffer;
  try {
    // Synchronous on purpose: for thousands of small files it takes a third of the time of promises.
    bytes = readFileSync(join(root, path));
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    found.push(errorOf("load/unreadable-file", `${path} cannot be read (${reason})`, { at }));
    return undefined;
  }
  if (!isUtf8(bytes)) {
    found.push(errorOf("load/not-utf8", `${path} is not UTF-8${whereNot(bytes)}`, { at, help: encodingHelp(bytes) }));
    return undefined;
  }
  const text = bytes.toString("utf8");
  const nul = text.indexOf("\0");
  const file = { path, text: text.startsWith("\uFEFF") ? text.slice(1) : text };
  if (nul === -1) return file;
  found.push(errorOf("load/not-utf8", `${path} holds a NUL character`, { at, help: encodingHelp(bytes) }));
  return undefined;
};

const encodingHelp = (bytes: Buffer): string => {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return isUtf16 || bytes.includes(0) ? "it looks like UTF-16 or a binary file: save it as UTF-8" : "save it as UTF-8";
};

/** The line of the first byte that does not belong. */
const whereNot = (bytes: Buffer): string => {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    line++;
    start = end + 1;
  }
  return `, first in line ${line}`;
};
