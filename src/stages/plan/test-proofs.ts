/** What a row-level test vouches for when it passes: the same fingerprint is the same question about rows of the same model. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { ModelNode } from "../../domain/manifest.ts";
import { relationKey } from "../../domain/names.ts";
import { textOf } from "../../domain/sql.ts";
import { hashOf } from "../../lib/hash.ts";

/** Undefined for a test that must see all rows at once: it compares them, or lets some of them fail. */
export const proofOf = (
  { id, relation }: ModelNode,
  fingerprint: string,
  { failing, where, node: { attachedTo, config } }: CompiledTest,
): string | undefined => {
  const forbidsAny = [config.errorIf, config.warnIf].every(
    (t) => t.value === 0 && (t.operator === ">" || t.operator === "!="),
  );
  if (failing.kind !== "row" || attachedTo !== id || config.scope !== "delta" || !forbidsAny) return undefined;
  return hashOf(
    relationKey(relation),
    fingerprint,
    textOf(failing.predicate),
    where === undefined ? "" : textOf(where),
    config.severity,
    String(config.limit ?? ""),
  );
};
