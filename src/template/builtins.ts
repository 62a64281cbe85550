/** The helpers that take values and give a value: one entry each, with the form that its errors show. */
import { errorOf } from "../domain/diagnostic.ts";
import type { NodeId } from "../domain/names.ts";
import type { ReferenceRequest } from "../domain/rendered.ts";
import { type Origin, type Span, spanOf } from "../domain/source.ts";
import { quoteIdentifier, quoteLiteral } from "../domain/sql.ts";
import { suggest } from "../lib/suggest.ts";
import { compare } from "./comparison.ts";
import { type Frame, type Run, report } from "./run.ts";
import type { Call, Expression } from "./syntax.ts";
import {
  fromData,
  isTruthy,
  kindName,
  marksOf,
  OUTSIDE,
  type Part,
  partValue,
  plainValue,
  SECRET,
  textValue,
  type Value,
  WRITTEN,
  wordsOf,
} from "./value.ts";

type HelperCall = {
  readonly run: Run;
  readonly frame: Frame;
  readonly call: Call;
  readonly origin: Origin;
  readonly values: readonly Value[];
};

export type Helper = {
  readonly least: number;
  readonly most: number;
  readonly usage: string;
  readonly evaluate: (h: HelperCall) => Value | undefined;
};

const MANY = Number.POSITIVE_INFINITY;

const helper = (least: number, most: number, usage: string, evaluate: Helper["evaluate"]): Helper => ({
  least,
  most,
  usage,
  evaluate,
});

const wrong = (h: HelperCall, message: string, argument: Expression | undefined, help: string): undefined =>
  report(h.run, h.frame, errorOf("template/bad-arguments", message, { at: (argument ?? h.call).span, help }));

const argument = (h: HelperCall, i: number): Value => h.values[i] ?? plainValue(null);

const words = (h: HelperCall, i: number, usage: string): string | undefined => {
  const text = wordsOf(argument(h, i));
  if (text !== undefined) return text;
  const name = h.call.callee.original;
  return wrong(
    h,
    `${name} takes a text, and this is ${kindName(argument(h, i))}`,
    h.call.positional[i],
    `write ${usage}`,
  );
};

// ---- references ----

const REF = '{{ref "model"}}';
const SOURCE = '{{source "raw" "matches"}}';

const ref = (h: HelperCall): Value | undefined => {
  const name = words(h, 0, REF);
  return name === undefined ? undefined : reference(h, { kind: "ref", name });
};

const source = (h: HelperCall): Value | undefined => {
  const name = words(h, 0, SOURCE);
  const table = words(h, 1, SOURCE);
  return name === undefined || table === undefined ? undefined : reference(h, { kind: "source", source: name, table });
};

const reference = (h: HelperCall, request: ReferenceRequest): Value | undefined => {
  const span = argumentsSpan(h.call);
  const answer = h.run.scope.resolve(request, span);
  const found = answer.ok ? answer.warnings : answer.diagnostics;
  for (const diagnostic of found) report(h.run, h.frame, diagnostic);
  if (!answer.ok) return undefined;
  mention(h.run, answer.value, span);
  return partValue({ kind: "reference", node: answer.value, origin: h.origin });
};

const mention = (run: Run, node: NodeId, span: Span): void => {
  if (!run.references.has(node)) run.references.set(node, { value: node, span });
};

/** From the first argument to the last, quotes included: what a message about them underlines. */
const argumentsSpan = ({ positional, span }: Call): Span =>
  spanOf(span.file, positional.at(0)?.span.start ?? span.start, positional.at(-1)?.span.end ?? span.end);

// ---- what comes from outside ----

const variable = (h: HelperCall): Value | undefined => {
  const name = words(h, 0, '{{var "name"}}');
  if (name === undefined) return undefined;
  const { vars } = h.run.scope;
  const value = vars.get(name);
  if (value !== undefined) return fromData(value, h.origin, OUTSIDE);
  if (h.values.length === 2) return markedOutside(argument(h, 1));
  const near = suggest(name, vars.keys());
  return report(
    h.run,
    h.frame,
    errorOf("template/unknown-var", `there is no var named "${name}"`, {
      at: h.call.positional[0]?.span,
      help:
        near === undefined
          ? `declare it under vars: in project.yml, or give a default: {{var "${name}" 5}}`
          : `did you mean "${near}"?`,
    }),
  );
};

const envVariable = (h: HelperCall): Value | undefined => {
  const name = words(h, 0, '{{env_var "NAME"}}');
  if (name === undefined) return undefined;
  const value = h.run.scope.env(name);
  if (value !== undefined) return textValue(value, h.origin, SECRET);
  if (h.values.length === 2) return markedOutside(argument(h, 1));
  return report(
    h.run,
    h.frame,
    errorOf("template/missing-env", `the environment variable ${name} is not set`, {
      at: h.call.positional[0]?.span,
      help: `set it, put it into .env, or give a default: {{env_var "${name}" "value"}}`,
    }),
  );
};

/** A default is treated as the real value will be, so that a missing `literal` shows at once. */
const markedOutside = (value: Value): Value => {
  if (value.kind === "text")
    return { ...value, parts: value.parts.map((p) => (p.kind === "text" ? { ...p, isOutside: true } : p)) };
  return value.kind === "list" ? { ...value, items: value.items.map(markedOutside) } : value;
};

// ---- into SQL ----

/** Of a list, each item. */
const quoted =
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

const asLiteral = (h: HelperCall, value: Value): string | undefined => {
  if (value.kind === "plain") return quoteLiteral(value.value);
  const text = wordsOf(value);
  if (text !== undefined && !text.includes(NUL)) return quoteLiteral(text);
  return wrong(
    h,
    `literal takes a text, a number, a boolean or null, and this is ${kindName(value)}`,
    h.call.positional[0],
    "references and run facts are SQL already: print them as they are",
  );
};

const asIdentifier = (h: HelperCall, value: Value): string | undefined => {
  const text = wordsOf(value);
  if (text !== undefined && text !== "" && !text.includes(NUL)) return quoteIdentifier(text);
  return wrong(
    h,
    `ident takes a name, and this is ${text === "" ? "empty" : kindName(value)}`,
    h.call.positional[0],
    'write {{ident "name"}}',
  );
};

// ---- lists and texts ----

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

const concat = (h: HelperCall): Value | undefined => joined(h, h.values, [], (i) => h.call.positional[i]);

const JOIN = '{{join (var "columns") ", "}}';

const join = (h: HelperCall): Value | undefined => {
  const list = argument(h, 0);
  const separator = h.values[1] ?? textValue(", ", h.origin, WRITTEN);
  const [place, separatorPlace] = h.call.positional;
  if (list.kind !== "list") return wrong(h, `join takes a list, and this is ${kindName(list)}`, place, `write ${JOIN}`);
  if (separator.kind !== "text") return wrong(h, "join takes a text to stand between", separatorPlace, `write ${JOIN}`);
  return joined(h, list.items, separator.parts, () => place);
};

const LONGEST_RANGE = 100_000;
const RANGE = "{{#each (range 1 4) as |i|}}, which gives 1, 2, 3";

const range = (h: HelperCall): Value | undefined => {
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
  const length = step === 0 ? MANY : Math.max(0, Math.ceil((to - from) / step));
  if (length > LONGEST_RANGE) return wrong(h, "this range is too long", undefined, `write ${RANGE}`);
  return { kind: "list", items: Array.from({ length }, (_, i) => plainValue(from + i * step)) };
};

const misplaced = (h: HelperCall): undefined =>
  report(
    h.run,
    h.frame,
    errorOf("template/misplaced-tag", `${h.call.callee.original} gives no value`, {
      at: h.call.span,
      help: "it stands at the top of the file, in braces of its own",
    }),
  );

const comparing = (name: string): Helper =>
  helper(2, 2, `(${name} a b)`, (h) => {
    const verdict = compare(name, argument(h, 0), argument(h, 1));
    return typeof verdict === "boolean"
      ? plainValue(verdict)
      : wrong(h, verdict, undefined, "compare texts with texts, numbers with numbers");
  });

export const HELPERS: ReadonlyMap<string, Helper> = new Map([
  ["ref", helper(1, 1, REF, ref)],
  ["source", helper(2, 2, SOURCE, source)],
  ["var", helper(1, 2, '{{var "name"}}, with a default {{var "name" 5}}', variable)],
  ["env_var", helper(1, 2, '{{env_var "NAME"}}, with a default {{env_var "NAME" "value"}}', envVariable)],
  ["env", helper(1, 2, '{{env "NAME"}}', envVariable)],
  ["ident", helper(1, 1, '{{ident "name"}}', quoted(asIdentifier))],
  ["literal", helper(1, 1, '{{literal (var "name")}}', quoted(asLiteral))],
  ["list", helper(0, MANY, '(list "a" "b")', (h) => ({ kind: "list", items: h.values }))],
  ["concat", helper(1, MANY, '(concat "a" "b")', concat)],
  ["join", helper(1, 2, JOIN, join)],
  ["range", helper(1, 3, RANGE, range)],
  ["not", helper(1, 1, "(not value)", (h) => plainValue(!isTruthy(argument(h, 0))))],
  ...["eq", "ne", "lt", "le", "gt", "ge"].map((name): [string, Helper] => [name, comparing(name)]),
  ["config", helper(0, MANY, '{{config materialized="table"}} at the top of the file', misplaced)],
  ["params", helper(0, MANY, '{{params "column" games=5}} at the top of the file', misplaced)],
]);

/** Evaluated by need: what decides first is the answer, and the rest is not looked at. */
export const LAZY_HELPERS = ["and", "or", "default"] as const;
