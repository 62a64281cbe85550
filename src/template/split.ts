/** `split`: a text such as "a, lower(b, 'c'), d" in, the list of what stands between its commas out. */

import type { Origin } from "../domain/source.ts";
import { isVerbatim } from "../domain/sql.ts";
import { argument, type HelperCall, wrong } from "./helper.ts";
import { kindName, type Part, type Value } from "./value.ts";

export const SPLIT = '{{#each (split "game_date, game_order") as |column|}}';

/** A list is split already. Commas within brackets and quotes divide nothing; each item keeps its place. */
export const split = (h: HelperCall): Value | undefined => {
  const value = argument(h, 0);
  if (value.kind === "list") return value;
  if (value.kind !== "text")
    return wrong(h, `split takes a text, and this is ${kindName(value)}`, h.call.positional[0], `write ${SPLIT}`);
  const items: Part[][] = [[]];
  const nesting = { depth: 0, quote: "" };
  for (const part of value.parts) {
    if (part.kind !== "text") {
      items.at(-1)?.push(part);
      continue;
    }
    for (const [i, [start, end]] of stretches(part.text, nesting).entries()) {
      if (i > 0) items.push([]);
      items.at(-1)?.push({ ...part, ...slice(part.text, part.origin, start, end) });
    }
  }
  return { kind: "list", items: items.map((parts) => ({ kind: "text", parts: trimmed(parts) })) };
};

type Nesting = { depth: number; quote: string };

/** What stands between commas of this text; `nesting` goes on into the next. */
const stretches = (text: string, nesting: Nesting): readonly (readonly [number, number])[] => {
  const found: (readonly [number, number])[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i);
    if (nesting.quote !== "") nesting.quote = letter === nesting.quote ? "" : nesting.quote;
    else if (letter === "'" || letter === '"') nesting.quote = letter;
    else if ("([".includes(letter)) nesting.depth++;
    else if (")]".includes(letter)) nesting.depth--;
    else if (letter === "," && nesting.depth === 0) {
      found.push([start, i]);
      start = i + 1;
    }
  }
  return [...found, [start, text.length]];
};

const slice = (text: string, origin: Origin, start: number, end: number): { text: string; origin: Origin } => {
  const { span } = origin;
  const piece = text.slice(start, end);
  if (!isVerbatim(text, span)) return { text: piece, origin };
  return { text: piece, origin: { ...origin, span: { ...span, start: span.start + start, end: span.start + end } } };
};

const trimmed = (parts: readonly Part[]): readonly Part[] =>
  parts.map((part, i) => {
    if (part.kind !== "text") return part;
    const before = i === 0 ? part.text.length - part.text.trimStart().length : 0;
    const after = i === parts.length - 1 ? part.text.trimEnd().length : part.text.length;
    return { ...part, ...slice(part.text, part.origin, Math.min(before, after), after) };
  });
