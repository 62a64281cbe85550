/** A template's `{{config …}}` in, the tree of what it says out: scalars and lists of them, each with its place. */
import { errorOf } from "../domain/diagnostic.ts";
import type { Header } from "../domain/rendered.ts";
import type { Span } from "../domain/source.ts";
import type { Tree, TreeEntry } from "../domain/tree.ts";
import { valueAt } from "./expressions.ts";
import { type Frame, type Run, report } from "./run.ts";
import type { Expression, Template } from "./syntax.ts";
import { type Value, wordsOf } from "./value.ts";

const FORM = 'write {{config materialized="table" tags=(list "a" "b")}}';

export const headerOf = (run: Run, frame: Frame, { config }: Template): Header | undefined => {
  if (config === undefined) return undefined;
  const wrong = (message: string, at: Span, help: string): undefined =>
    report(run, frame, errorOf("template/bad-header", message, { at, help }));
  for (const { span } of config.positional) wrong("a header's values have names", span, FORM);
  const entries: TreeEntry[] = [];
  for (const { name, nameSpan, value: expression } of config.named) {
    if (entries.some((e) => e.key.value === name)) wrong(`${name} is set twice`, nameSpan, "leave one out");
    const value = valueAt(run, frame, expression);
    if (value === undefined) continue;
    const tree = treeOf(value, expression);
    if (tree === undefined)
      wrong(`${name} has a structure that a header does not hold`, expression.span, `set ${name} in the property file`);
    else entries.push({ key: { value: name, span: nameSpan }, value: tree });
  }
  return { entries, span: config.span };
};

const treeOf = (value: Value, expression: Expression): Tree | undefined => {
  const { span } = expression;
  if (value.kind === "list") {
    // The items of a `(list …)` that is written out have places of their own.
    const isWritten = expression.kind === "call" && expression.callee.original === "list";
    const items = value.items.map((item, i) =>
      scalarOf(item, (isWritten ? expression.positional[i]?.span : span) ?? span),
    );
    const whole = items.filter((item) => item !== undefined);
    return whole.length === items.length ? { kind: "list", items: whole, span } : undefined;
  }
  return scalarOf(value, span);
};

const scalarOf = (value: Value, span: Span): Tree | undefined => {
  if (value.kind === "plain") return { kind: "scalar", value: value.value, span };
  const text = wordsOf(value);
  return text === undefined ? undefined : { kind: "scalar", value: text, span };
};
