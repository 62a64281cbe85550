/** Helpers that make SQL of values, and texts and lists of other values. */
import { quoteIdentifier, quoteLiteral } from "../domain/sql.ts";
import { argument, type HelperCall, wrong } from "./helper.ts";
import type { Expression } from "./syntax.ts";
import { kindName, marksOf, type Part, plainValue, textValue, type Value, WRITTEN, wordsOf } from "./value.ts";

/** Of a list, each item. */
export const quoted =
  (quote: (h: HelperCall, value: Value) => string | undefined) =>
  (h: HelperCall): Value | undefined => {
    const each = (value: Value): Value | undefined => {
      if (value.kind === "list") {
        const items = value.items.map(each);
        const whole = items.filter((item) => item !== undefined);
        return whole.length === items.length ? { kind: "list", items: whole } : undefined;
      }
      const text = quote(h, value);
      if (text === undefined) return undefined;
      return textValue(text, h.origin, { isOutside: false, isSecret: marksOf(value).isSecret });
    };
    return each(argument(h, 0));
  };

const NUL = "\0";
const HOLDS_NUL = "this text holds a NUL character";
const NUL_HELP = "PostgreSQL stores none in text: take it out where the value comes from";

export const asLiteral = (h: HelperCall, value: Value): string | undefined => {
  if (value.kind === "plain") return quoteLiteral(value.value);
  const text = wordsOf(value);
  if (text?.includes(NUL)) return wrong(h, HOLDS_NUL, h.call.positional[0], NUL_HELP);
  if (text !== undefined) return quoteLiteral(text);
  return wrong(
    h,
    `literal takes a text, a number, a boolean or null, and this is ${kindName(value)}`,
    h.call.positional[0],
    "references and run facts are SQL already: print them as they are",
  );
};

export const asIdentifier = (h: HelperCall, value: Value): string | undefined => {
  const text = wordsOf(value);
  if (text?.includes(NUL)) return wrong(h, HOLDS_NUL, h.call.positional[0], NUL_HELP);
  if (text !== undefined && text !== "") return quoteIdentifier(text);
  return wrong(
    h,
    `ident takes a name, and this is ${text === "" ? "empty" : kindName(value)}`,
    h.call.positional[0],
    'write {{ident "name"}}',
  );
};

const joined = (
  h: HelperCall,
  items: readonly Value[],
  separator: readonly Part[],
  placeOf: (i: number) => Expression | undefined,
): Value | undefined => {
  const parts: Part[] = [];
  for (const [i, item] of items.entries()) {
    if (i > 0) parts.push(...separator);
    if (item.kind === "text") parts.push(...item.parts);
    else if (item.kind === "plain" && item.value !== null)
      parts.push({ kind: "text", text: String(item.value), origin: h.origin, ...WRITTEN });
    else {
      const message = `${h.call.callee.original} takes texts, numbers and references, and this is ${kindName(item)}`;
      return wrong(h, message, placeOf(i), 'write {{concat "a" "b"}} or {{join (list "a" "b") ", "}}');
    }
  }
  return { kind: "text", parts };
};

export const concat = (h: HelperCall): Value | undefined => joined(h, h.values, [], (i) => h.call.positional[i]);

export const JOIN = '{{join (var "columns") ", "}}';

export const join = (h: HelperCall): Value | undefined => {
  const list = argument(h, 0);
  const separator = h.values[1] ?? textValue(", ", h.origin, WRITTEN);
  const [place, separatorPlace] = h.call.positional;
  if (list.kind !== "list") return wrong(h, `join takes a list, and this is ${kindName(list)}`, place, `write ${JOIN}`);
  if (separator.kind !== "text") return wrong(h, "join takes a text to stand between", separatorPlace, `write ${JOIN}`);
  return joined(h, list.items, separator.parts, () => place);
};

const LONGEST_RANGE = 100_000;
export const RANGE = "{{#each (range 1 4) as |i|}}, which gives 1, 2, 3";

export const range = (h: HelperCall): Value | undefined => {
  const bounds = h.values.map((v) => (v.kind === "plain" && Number.isInteger(v.value) ? Number(v.value) : undefined));
  const wrongOne = bounds.indexOf(undefined);
  if (wrongOne >= 0)
    return wrong(
      h,
      `range takes whole numbers, and this is ${kindName(argument(h, wrongOne))}`,
      h.call.positional[wrongOne],
      `write ${RANGE}`,
    );
  const [first = 0, second, step = 1] = bounds;
  const [from, to] = second === undefined ? [0, first] : [first, second];
  const length = step === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.ceil((to - from) / step));
  if (length > LONGEST_RANGE) return wrong(h, "this range is too long", undefined, `write ${RANGE}`);
  return { kind: "list", items: Array.from({ length }, (_, i) => plainValue(from + i * step)) };
};
