/** Helpers that ask the world: nodes of the project, vars, the environment. */
import { errorOf } from "../domain/diagnostic.ts";
import type { NodeId } from "../domain/names.ts";
import type { ReferenceRequest } from "../domain/rendered.ts";
import { type Span, spanOf } from "../domain/source.ts";
import { suggest } from "../lib/suggest.ts";
import { argument, type HelperCall, words } from "./helper.ts";
import { type Run, report } from "./run.ts";
import type { Call } from "./syntax.ts";
import { fromData, OUTSIDE, partValue, SECRET, textValue, type Value } from "./value.ts";

export const REF = '{{ref "model"}}';
export const SOURCE = '{{source "raw" "matches"}}';

export const ref = (h: HelperCall): Value | undefined => {
  const name = words(h, 0, REF);
  return name === undefined ? undefined : reference(h, { kind: "ref", name });
};

export const source = (h: HelperCall): Value | undefined => {
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

export const variable = (h: HelperCall): Value | undefined => {
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

export const envVariable = (h: HelperCall): Value | undefined => {
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
