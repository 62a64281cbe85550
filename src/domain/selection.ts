/** Which nodes a run wants, and why each. */
import type { NodeId } from "./names.ts";

export type Selection = {
  /** In the manifest's order; data tests included. */
  readonly nodes: readonly NodeId[];
  readonly isSelected: ReadonlySet<NodeId>;
  /** The term of the expression that brought the node in, for `plan`. */
  readonly because: ReadonlyMap<NodeId, string>;
  /** True when nothing was said: everything. */
  readonly isEverything: boolean;
};
