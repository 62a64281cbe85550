/** Rendered pieces in, a warning for each reference that ended up inside an SQL comment out. */
import { type Diagnostic, warningOf } from "../domain/diagnostic.ts";
import type { RenderedPiece } from "../domain/rendered.ts";

/** Where a stretch of SQL text ends up: in code, or inside something that may go on in the next piece. */
type State =
  | { readonly kind: "code" | "line comment" }
  | { readonly kind: "block comment"; readonly depth: number }
  | { readonly kind: "quoted"; readonly end: string; readonly hasEscapes: boolean };

const CODE: State = { kind: "code" };

export const commentedReferences = (pieces: readonly RenderedPiece[]): readonly Diagnostic[] => {
  const hasComments = pieces.some((p) => p.kind === "text" && (p.text.includes("--") || p.text.includes("/*")));
  if (!hasComments) return [];
  const found: Diagnostic[] = [];
  let state: State = CODE;
  for (const piece of pieces) {
    if (piece.kind === "text") state = after(state, piece.text);
    else if (piece.kind === "reference" && (state.kind === "line comment" || state.kind === "block comment"))
      found.push(
        warningOf("template/reference-in-comment", "this reference stands in an SQL comment and still makes a parent", {
          at: piece.origin.span,
          help: "comment it out with {{!-- … --}}",
        }),
      );
  }
  return found;
};

const after = (before: State, text: string): State => {
  let state = before;
  let at = 0;
  while (at < text.length) {
    const step = state.kind === "code" ? inCode(text, at) : inside(state, text, at);
    state = step.state;
    at = step.at;
  }
  return state;
};

type Step = { readonly state: State; readonly at: number };

/**
 * An opening of something; a word is read whole, so that the $ and the e inside of names open nothing. As in PostgreSQL's
 * own scanner, whatever is not ASCII belongs to words.
 */
const OPENING =
  /--|\/\*|[eE]'|'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

const inCode = (text: string, from: number): Step => {
  OPENING.lastIndex = from;
  const match = OPENING.exec(text);
  if (match === null) return { state: CODE, at: text.length };
  const [opening] = match;
  return { state: opened(opening), at: match.index + opening.length };
};

const opened = (opening: string): State => {
  if (opening === "--") return { kind: "line comment" };
  if (opening === "/*") return { kind: "block comment", depth: 1 };
  if (opening === "'" || opening === '"') return { kind: "quoted", end: opening, hasEscapes: false };
  if (opening.endsWith("'")) return { kind: "quoted", end: "'", hasEscapes: true };
  if (opening.startsWith("$")) return { kind: "quoted", end: opening, hasEscapes: false };
  return CODE;
};

const inside = (state: Exclude<State, { kind: "code" }> | State, text: string, from: number): Step => {
  if (state.kind === "line comment") {
    const rest = /[\r\n]/.exec(text.slice(from));
    return rest === null ? { state, at: text.length } : { state: CODE, at: from + rest.index + 1 };
  }
  if (state.kind === "block comment") {
    const mark = /\/\*|\*\//.exec(text.slice(from));
    if (mark === null) return { state, at: text.length };
    const depth = state.depth + (mark[0] === "/*" ? 1 : -1);
    return { state: depth === 0 ? CODE : { kind: "block comment", depth }, at: from + mark.index + 2 };
  }
  if (state.kind === "quoted") {
    let end = text.indexOf(state.end, from);
    if (state.hasEscapes) {
      const escaped = /\\[\s\S]|'/g;
      escaped.lastIndex = from;
      end = -1;
      for (let m = escaped.exec(text); m !== null; m = escaped.exec(text)) {
        if (m[0] === "'") {
          end = m.index;
          break;
        }
      }
    }
    // A doubled quote closes and opens again at once, which comes to the same.
    return end < 0 ? { state, at: text.length } : { state: CODE, at: end + state.end.length };
  }
  return { state, at: text.length };
};
