/** A text of YAML or of a header in; a file of its own to read it as, and the way back to the author's places, out. */

import type { Located, SourceFile, Span } from "./source.ts";
import { isVerbatim } from "./sql.ts";

export type Placed = {
  /** Holds the text alone. */
  readonly file: SourceFile;
  readonly at: Span;
  /** It stands in a template and is not the text that was written there. */
  readonly isComputed: boolean;
  /** A place in `file` as the author's; any other stays what it is. */
  readonly spanAt: (span: Span) => Span;
  /** A piece of `file`, cut where it was broken into lines, so that each part knows its place to the letter. */
  readonly cut: (text: string, span: Span) => readonly { readonly text: string; readonly span: Span }[];
};

export const placeOf = ({ value, span }: Located<string>): Placed => {
  const file: SourceFile = { path: span.file.path, text: value };
  const offsets = aligned(value, span);
  const whole = (): Span => span;
  const spanAt = (inner: Span): Span => {
    if (inner.file !== file) return inner;
    if (offsets === undefined || value === "") return whole();
    const last = Math.max(inner.start, inner.end - 1);
    const end = (offsets[last] ?? span.end - 1) + (inner.end > inner.start ? 1 : 0);
    return { file: span.file, start: offsets[inner.start] ?? span.end, end };
  };
  return {
    file,
    at: span,
    isComputed: offsets === undefined && !/\.ya?ml$/.test(span.file.path),
    spanAt,
    cut: (text, inner) => {
      if (inner.file !== file || offsets === undefined || text !== value.slice(inner.start, inner.end))
        return [{ text, span: spanAt(inner) }];
      return runsOf(offsets, inner.start, inner.end).map(([from, to]) => ({
        text: value.slice(from, to),
        span: spanAt({ file, start: from, end: to }),
      }));
    },
  };
};

/** Where each letter of the value stands; undefined where it does not stand there: escapes, or a computed text. */
const aligned = (value: string, span: Span): readonly number[] | undefined => {
  const { file, start, end } = span;
  if (isVerbatim(value, span)) return Array.from(value, (_, i) => start + i);
  const { text } = file;
  let at = firstLetter(text, start);
  const offsets: number[] = [];
  for (const letter of value.split("")) {
    const isBlank = /\s/.test(letter);
    // Lines are indented in the file, or folded into one in the value.
    if (!isBlank) while (at < end && /\s/.test(text[at] ?? "")) at++;
    if (!isBlank && (at >= end || text[at] !== letter)) return undefined;
    offsets.push(Math.min(at, end));
    if (text[at] === letter) at++;
  }
  return offsets;
};

/** After the quote, or the line with the sign of a block. */
const firstLetter = (text: string, start: number): number => {
  const sign = text[start] ?? "";
  if (sign === "|" || sign === ">") return text.indexOf("\n", start) + 1;
  return sign === '"' || sign === "'" ? start + 1 : start;
};

const runsOf = (offsets: readonly number[], start: number, end: number): readonly (readonly [number, number])[] => {
  const runs: [number, number][] = [];
  for (let i = start; i < end; i++) {
    const last = runs.at(-1);
    if (last !== undefined && offsets[i] === (offsets[i - 1] ?? 0) + 1) last[1] = i + 1;
    else runs.push([i, i + 1]);
  }
  return runs;
};
