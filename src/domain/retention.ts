/** For how long failing rows are kept, as a project says. */
import type { Age } from "./freshness.ts";
import type { Manifest } from "./manifest.ts";
import type { NodeId } from "./names.ts";

export type Retention = {
  readonly projectName: string;
  readonly keep: Age;
  /** Of tests that say something else. */
  readonly others: ReadonlyMap<NodeId, Age>;
};

export const retentionIn = ({ projectName, failures: { keep }, nodes }: Manifest): Retention => {
  const others = new Map<NodeId, Age>();
  for (const node of nodes.values()) {
    if (node.kind !== "data-test") continue;
    const own = node.config.failures.keep;
    if (own.count !== keep.count || own.period !== keep.period) others.set(node.id, own);
  }
  return { projectName, keep, others };
};
