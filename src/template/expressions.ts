/** The value of an expression at a place, or undefined after saying what is wrong with it. */
import { errorOf } from "../domain/diagnostic.ts";
import { unreachable } from "../domain/unreachable.ts";
import { suggest } from "../lib/suggest.ts";
import { HELPERS, LAZY_HELPERS } from "./builtins.ts";
import type { Helper } from "./helper.ts";
import { FACTS, lookUp } from "./names.ts";
import { type Frame, originOf, type Run, report } from "./run.ts";
import { BLOCKS, type Call, type Expression, type Path } from "./syntax.ts";
import { isTruthy, plainValue, textValue, type Value, WRITTEN } from "./value.ts";

export const HELPER_NAMES: readonly string[] = [...HELPERS.keys(), ...LAZY_HELPERS, ...FACTS, "this"];

export const valueAt = (run: Run, frame: Frame, expression: Expression): Value | undefined => {
  switch (expression.kind) {
    case "text":
      return textValue(expression.value, originOf(expression.content, frame), WRITTEN);
    case "plain":
      return plainValue(expression.value);
    case "path":
      return isHelperName(expression, frame)
        ? called(run, frame, { kind: "call", callee: expression, positional: [], named: [], span: expression.span })
        : lookUp(run, frame, expression);
    case "call":
      return called(run, frame, expression);
    default:
      return unreachable(expression);
  }
};

/** `{{ref}}` alone is a call without arguments; a field of an item may have a helper's name. */
const isHelperName = (path: Path, { names }: Frame): boolean => {
  const [name] = path.parts;
  if (path.isData || path.isScoped || path.parts.length !== 1 || name === undefined || !isHelper(name)) return false;
  for (let level: Frame["names"] | undefined = names; level !== undefined; level = level.outer)
    if (level.values.has(name) || (level.item?.kind === "mapping" && level.item.entries.has(name))) return false;
  return true;
};

const isTag = (name: string): boolean => name === "config" || name === "params";

const isHelper = (name: string): boolean => HELPERS.has(name) || LAZY_HELPERS.some((lazy) => lazy === name);

const called = (run: Run, frame: Frame, call: Call): Value | undefined => {
  const name = call.callee.original;
  const lazy = LAZY_HELPERS.find((l) => l === name);
  const helper = HELPERS.get(name);
  if (lazy === undefined && helper === undefined) return report(run, frame, unknownHelper(run, frame, call));
  if (!takes(run, frame, call, helper ?? LAZY_FORM)) return undefined;
  if (helper === undefined) return lazily(run, frame, call, lazy ?? "or");
  const values: Value[] = [];
  for (const expression of call.positional) {
    const value = valueAt(run, frame, expression);
    if (value !== undefined) values.push(value);
  }
  if (values.length < call.positional.length) return undefined;
  return helper.evaluate({ run, frame, call, values, origin: originOf(call.span, frame) });
};

const LAZY_FORM: Pick<Helper, "least" | "most" | "usage"> = {
  least: 2,
  most: Number.POSITIVE_INFINITY,
  usage: "(and a b), (or a b), (default value other)",
};

const takes = (run: Run, frame: Frame, call: Call, form: Pick<Helper, "least" | "most" | "usage">): boolean => {
  const name = call.callee.original;
  const help = `write ${form.usage}`;
  const [first] = call.named;
  if (first !== undefined && !isTag(name)) {
    const message = `${name} takes no named arguments`;
    report(run, frame, errorOf("template/bad-arguments", message, { at: first.nameSpan, help }));
    return false;
  }
  const count = call.positional.length;
  if (count >= form.least && count <= form.most) return true;
  const extra = call.positional[form.most];
  const message = count < form.least ? `${name} is given too little` : `${name} is given too much`;
  report(run, frame, errorOf("template/bad-arguments", message, { at: (extra ?? call).span, help }));
  return false;
};

const lazily = (run: Run, frame: Frame, call: Call, name: (typeof LAZY_HELPERS)[number]): Value | undefined => {
  let last: Value | undefined;
  for (const expression of call.positional) {
    last = valueAt(run, frame, expression);
    if (last === undefined || decides(name, last)) return last;
  }
  return last;
};

const decides = (name: (typeof LAZY_HELPERS)[number], value: Value): boolean => {
  if (name === "default") return !(value.kind === "plain" && value.value === null);
  return isTruthy(value) === (name === "or");
};

const unknownHelper = (run: Run, frame: Frame, { callee }: Call) => {
  const name = callee.original;
  const at = callee.span;
  if (run.scope.macros.has(name))
    return errorOf("template/unknown-helper", `${name} is a macro, not a helper`, {
      at,
      help: `call it with {{> ${name} parameter=value}}`,
    });
  const isBlock = BLOCKS.some((block) => block === name);
  if (isBlock)
    return errorOf("template/unknown-helper", `${name} is a block, not a helper`, {
      at,
      help: `write {{#${name} value}} … {{/${name}}}`,
    });
  if (frame.names.values.has(name))
    return errorOf("template/unknown-helper", `${name} is a parameter and takes no arguments`, {
      at,
      help: `print it with {{${name}}}`,
    });
  const near = suggest(name, [...HELPER_NAMES, ...run.scope.macros.keys()]);
  const isMacro = near !== undefined && run.scope.macros.has(near);
  return errorOf("template/unknown-helper", `there is no helper named ${name}`, {
    at,
    help:
      near === undefined
        ? `helpers are ${HELPER_NAMES.filter((n) => !isTag(n)).join(", ")}; a macro is called with {{> name parameter=value}}`
        : `did you mean ${isMacro ? `the macro {{> ${near}}}` : `"${near}"`}?`,
  });
};
