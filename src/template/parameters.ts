/** The parameters that a macro or own generic test declares, and the values that a call gives them. */
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import type { Span } from "../domain/source.ts";
import { suggest } from "../lib/suggest.ts";
import { HELPER_NAMES, valueAt } from "./expressions.ts";
import { type Frame, type Run, report } from "./run.ts";
import type { Expression, Template } from "./syntax.ts";
import type { Value } from "./value.ts";

export type DeclaredParameter = {
  readonly name: string;
  readonly span: Span;
  /** Undefined: required. */
  readonly fallback: Expression | undefined;
};

/** Parameters in the order of their declaration; what is wrong with the declaration itself comes along. */
export const declaredParameters = ({
  params,
}: Template): { readonly parameters: readonly DeclaredParameter[]; readonly found: readonly Diagnostic[] } => {
  const found: Diagnostic[] = [];
  const parameters: DeclaredParameter[] = [];
  const declare = (parameter: DeclaredParameter): void => {
    const { name, span: at } = parameter;
    const wrong = HELPER_NAMES.includes(name)
      ? `${name} is the name of a helper`
      : parameters.some((p) => p.name === name)
        ? `${name} is declared twice`
        : undefined;
    if (wrong === undefined) parameters.push(parameter);
    else found.push(errorOf("template/bad-params", wrong, { at, help: "choose another name" }));
  };
  for (const expression of params?.positional ?? []) {
    const { span } = expression;
    if (expression.kind === "text") declare({ name: expression.value, span, fallback: undefined });
    else {
      const help = `quote the name: "${span.file.text.slice(span.start, span.end)}"`;
      found.push(errorOf("template/bad-params", "a required parameter is a quoted name", { at: span, help }));
    }
  }
  for (const { name, nameSpan, value } of params?.named ?? []) declare({ name, span: nameSpan, fallback: value });
  return { parameters, found };
};

export type Given = { readonly name: string; readonly nameSpan: Span; readonly value: Value | undefined };

/**
 * Values by name, defaults filled in; undefined after saying what is wrong. `caller` is where what is wrong with
 * the call is said, `callee` where defaults are evaluated.
 */
export const bind = (
  run: Run,
  template: Template,
  given: readonly Given[],
  call: { readonly what: string; readonly at: Span; readonly caller: Frame; readonly callee: Frame },
): ReadonlyMap<string, Value> | undefined => {
  const { parameters, found } = declaredParameters(template);
  for (const diagnostic of found) report(run, call.callee, diagnostic);
  const names = parameters.map((p) => p.name);
  let isWhole = found.length === 0;
  const wrong = (message: string, at: Span, help: string): void => {
    isWhole = false;
    const declared = template.params === undefined ? [] : [{ message: "declared here", at: template.params.span }];
    report(run, call.caller, errorOf("template/macro-arguments", message, { at, help, notes: declared }));
  };
  const takes = names.length === 0 ? `${call.what} takes none` : `${call.what} takes ${names.join(", ")}`;
  for (const [i, { name, nameSpan }] of given.entries()) {
    if (!names.includes(name)) {
      const near = suggest(name, names);
      wrong(`${call.what} has no parameter ${name}`, nameSpan, near === undefined ? takes : `did you mean "${near}"?`);
    } else if (given.findIndex((g) => g.name === name) < i) wrong(`${name} is given twice`, nameSpan, "leave one out");
  }
  const values = new Map<string, Value>();
  for (const { name, fallback } of parameters) {
    const argument = given.find((g) => g.name === name);
    if (argument === undefined && fallback === undefined) wrong(`${call.what} needs ${name}`, call.at, takes);
    const value =
      argument !== undefined
        ? argument.value
        : fallback !== undefined
          ? valueAt(run, call.callee, fallback)
          : undefined;
    if (value === undefined) isWhole = false;
    else values.set(name, value);
  }
  return isWhole ? values : undefined;
};
