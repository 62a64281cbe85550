/** From a text and a stretch of it, the lines that hold it, numbered, with a squiggle under the stretch. Plain text. */
import { countOf } from "./duration.ts";
import { lineAround, positionAt } from "./text-position.ts";
import { printable, textWidth } from "./text-width.ts";

/** Lines of a frame, so that a reporter can colour them. */
type FrameLine =
  | { readonly kind: "source"; readonly gutter: string; readonly text: string }
  | { readonly kind: "squiggle"; readonly gutter: string; readonly indent: string; readonly marks: string }
  | { readonly kind: "more"; readonly gutter: string; readonly text: string };

const MOST_LINES = 4;
const WIDEST_LINE = 160;
const TAB_STOP = 4;

/** `message` stands behind the last squiggle. */
export const codeFrame = (text: string, start: number, end: number, message = ""): string => {
  const lines = frameLines(text, start, end);
  const lastMark = lines.findLastIndex((line) => line.kind === "squiggle");
  return lines
    .map((line, i) => {
      const body = line.kind === "squiggle" ? line.indent + line.marks : line.text;
      return `${line.gutter}${body}${i === lastMark && message !== "" ? ` ${message}` : ""}`.trimEnd();
    })
    .join("\n");
};

const frameLines = (text: string, start: number, end: number): readonly FrameLine[] => {
  const from = Math.max(0, Math.min(start, text.length));
  const to = Math.max(from, Math.min(end, text.length));
  const first = positionAt(text, from).line;
  const last = positionAt(text, to > from ? to - 1 : to).line;
  const shownLast = Math.min(last, first + MOST_LINES - 1);
  const gutterWidth = String(shownLast).length;
  const blank = `  ${" ".repeat(gutterWidth)} | `;
  const lines: FrameLine[] = [];
  let at = from;
  for (let number = first; number <= shownLast; number++) {
    const line = lineAround(text, at);
    const source = text.slice(line.start, line.end);
    const marked = markedLine(source, Math.max(0, from - line.start), Math.min(source.length, to - line.start));
    lines.push({ kind: "source", gutter: `  ${String(number).padStart(gutterWidth)} | `, text: marked.text });
    if (source.trim() !== "" || first === last)
      lines.push({ kind: "squiggle", gutter: blank, indent: marked.indent, marks: marked.marks });
    at = text.indexOf("\n", line.end) + 1;
  }
  if (shownLast < last)
    lines.push({ kind: "more", gutter: blank, text: `… ${countOf(last - shownLast, "more line")}` });
  return lines;
};

type MarkedLine = { readonly text: string; readonly indent: string; readonly marks: string };

/** In a stretch over several lines, the white space before and after a line's text is not marked. */
const markedLine = (source: string, from: number, to: number): MarkedLine => {
  const lead = source.length - source.trimStart().length;
  const isWhole = from === 0 && to === source.length;
  const start = isWhole ? Math.min(lead, source.length) : Math.min(from, source.length);
  const window = windowAround(source, start);
  const before = window.dots + spread(source.slice(window.from, start), textWidth(window.dots));
  const stretch = spread(source.slice(start, Math.max(start, Math.min(to, window.to))), textWidth(before));
  const after = spread(source.slice(Math.max(start, Math.min(to, window.to)), window.to), textWidth(before + stretch));
  return {
    text: before + stretch + after + (window.to < source.length ? "…" : ""),
    indent: " ".repeat(textWidth(before)),
    marks: "~".repeat(Math.max(1, textWidth(stretch.trimEnd()))),
  };
};

/** A very long line is shown from a little before the stretch. */
const windowAround = (source: string, start: number) => {
  const from = source.length <= WIDEST_LINE || start < WIDEST_LINE / 2 ? 0 : start - WIDEST_LINE / 4;
  return { from, to: Math.min(source.length, from + WIDEST_LINE), dots: from > 0 ? "…" : "" };
};

/** Tabs become spaces up to the next stop, seen from the column where the text begins. */
const spread = (text: string, column: number): string => {
  let shown = "";
  for (const [i, part] of text.split("\t").entries()) {
    if (i > 0) shown += " ".repeat(TAB_STOP - ((column + textWidth(shown)) % TAB_STOP));
    shown += printable(part);
  }
  return shown;
};
