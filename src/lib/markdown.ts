/** Texts and rows in, Markdown that shows them as they are out. */
import { printable } from "./text-width.ts";

/** On one line, with nothing in it that Markdown or HTML would act upon. An underscore within a word means nothing. */
export const markdownText = (text: string): string =>
  printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*~[\]|]|(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])/gu, (sign) => `\\${sign}`);

/** Cells are texts, not Markdown. `numeric`: columns that are aligned to the right. */
export const markdownTable = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
): readonly string[] => {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(markdownText)),
    line(columns.map((_, i) => (numeric.includes(i) ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(markdownText))),
  ];
};

/** A fence longer than any in the text. */
export const markdownFence = (language: string, text: string): readonly string[] => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...text.replace(/\r\n?/g, "\n").trimEnd().split("\n"), fence];
};
