/** From a diagnostic to the text that people read: place, code, frame with what is wrong, notes, a way forward. */
import { codeFrame } from "../lib/code-frame.ts";
import { positionAt } from "../lib/text-position.ts";
import type { Diagnostic, Note } from "./diagnostic.ts";
import type { Span } from "./source.ts";

/** Colours a part of the text; the identity for plain text. */
export type Paint = {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly place: (text: string) => string;
  readonly faint: (text: string) => string;
};

const same = (text: string): string => text;
const plainPaint: Paint = { error: same, warning: same, place: same, faint: same };

/** Lines without a final line break. */
export const showDiagnostic = (diagnostic: Diagnostic, paint: Paint = plainPaint): string => {
  const severity = paint[diagnostic.severity](diagnostic.severity);
  const head = [placeText(diagnostic.at, paint), severity, paint.faint(diagnostic.code)];
  return [
    head.filter((part) => part !== "").join("  "),
    messageBlock(diagnostic.message, diagnostic.at, paint[diagnostic.severity]),
    ...diagnostic.notes.map((note) => noteBlock(note, paint)),
    ...(diagnostic.help === undefined ? [] : [indented(diagnostic.help, "help")]),
  ].join("\n");
};

/** `path:line:column`; only the path for a place that is the whole file. */
export const placeOf = (span: Span): string => {
  if (isWholeFile(span)) return span.file.path;
  const { line, column } = positionAt(span.file.text, span.start);
  return `${span.file.path}:${line}:${column}`;
};

const placeText = (at: Span | undefined, paint: Paint): string => (at === undefined ? "" : paint.place(placeOf(at)));

const isWholeFile = (span: Span): boolean => span.start === 0 && span.end === 0;

/** A message of one line stands behind the squiggle; a longer one below the frame. */
const messageBlock = (message: string, at: Span | undefined, mark: (text: string) => string): string => {
  if (at === undefined || isWholeFile(at)) return indented(message, "");
  const isShort = !message.includes("\n");
  const frame = codeFrame(at.file.text, at.start, at.end, isShort ? message : "");
  const painted = frame.replace(/^( +\| +)(~+.*)$/gm, (_, gutter: string, rest: string) => gutter + mark(rest));
  return isShort ? painted : `${painted}\n${indented(message, "")}`;
};

const noteBlock = (note: Note, paint: Paint): string => {
  if (note.at === undefined) return indented(note.message, "note");
  const head = `  note: ${paint.place(placeOf(note.at))}`;
  return isWholeFile(note.at)
    ? `${head} ${note.message}`
    : `${head}\n${codeFrame(note.at.file.text, note.at.start, note.at.end, note.message)}`;
};

/** Later lines stand under the first. */
const indented = (text: string, label: string): string => {
  const lead = label === "" ? "  " : `  ${label}: `;
  return lead + text.split("\n").join(`\n${" ".repeat(lead.length)}`);
};
