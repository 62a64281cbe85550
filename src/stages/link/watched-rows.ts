/** From a snapshot's `relation:` to the query of all rows of what it watches, as if it were written in a template. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Rendered } from "../../domain/rendered.ts";
import type { Located } from "../../domain/source.ts";
import type { Resolve } from "./resolve.ts";
import { yamlReference } from "./yaml-reference.ts";

/** Undefined after saying what is wrong. */
export const watchedRows = (watched: Located<string>, resolve: Resolve, found: Diagnostic[]): Rendered | undefined => {
  const reference = yamlReference(watched);
  if (reference === undefined) {
    found.push(
      errorOf("link/bad-snapshot", `\`relation\` is no reference: ${watched.value}`, {
        at: watched.span,
        help: "write ref('x') or source('a', 'b'); a query of its own is an ephemeral model, which the snapshot watches",
      }),
    );
    return undefined;
  }
  const node = resolve(reference.request, reference.span);
  if (!node.ok) {
    found.push(...node.diagnostics);
    return undefined;
  }
  const origin = { span: reference.span, calledFrom: [] };
  return {
    pieces: [
      { kind: "text", text: "select * from ", origin, isSecret: false },
      { kind: "reference", node: node.value, origin },
    ],
    references: [{ value: node.value, span: reference.span }],
  };
};
