/** Which nodes a run wants, and why each. */
import type { NodeId } from "./names.ts";

/**
 * Which data tests come along with the nodes that were named. `eager`: all that touch one of them. `cautious`: those
 * whose parents are all selected. `buildable`: those whose parents are selected or above what is selected.
 */
export type IndirectSelection = "eager" | "cautious" | "buildable";

export type Selection = {
  /** In the manifest's order; data tests included. */
  readonly nodes: readonly NodeId[];
  readonly isSelected: ReadonlySet<NodeId>;
  /** The term of the expression that brought the node in, for `plan`. */
  readonly because: ReadonlyMap<NodeId, string>;
  /** True when nothing was said: everything. */
  readonly isEverything: boolean;
};
