/** Which nodes a run need not build, because the one that it goes on from did: a plan and what is vouched for in, nodes out. */
import type { NodeId } from "../../domain/names.ts";
import { relationKey } from "../../domain/names.ts";
import { type BuildTask, type Plan, taskId } from "../../domain/plan.ts";

/** A relation of the workspace, and what the bookkeeping says it was made of. */
export type Vouched = {
  readonly node: NodeId;
  readonly inputs: string;
  /** `schema.name`, where it stands now; undefined: it is gone. */
  readonly relation: string | undefined;
  readonly rows: number | undefined;
};

/** What these make depends on nothing but their inputs. */
const KEEPABLE: ReadonlySet<string> = new Set(["seed", "table", "view", "materialized_view"]);

/** A node whose input is built again is built again: it was made of another relation, perhaps of other rows. */
export const keptNodes = (plan: Plan, vouched: readonly Vouched[]): ReadonlyMap<NodeId, Vouched> => {
  const vouchedFor = new Map(vouched.map((v) => [v.node, v]));
  const decided = new Map<NodeId, boolean>();
  const isKept = (task: BuildTask): boolean => {
    const known = decided.get(task.node);
    if (known !== undefined) return known;
    const kept = isUnchanged(task, vouchedFor.get(task.node)) && inputsOf(plan, task).every(isKept);
    decided.set(task.node, kept);
    return kept;
  };
  const kept = new Map<NodeId, Vouched>();
  for (const task of plan.tasks.values()) {
    const found = task.kind === "build" && isKept(task) ? vouchedFor.get(task.node) : undefined;
    if (found !== undefined) kept.set(found.node, found);
  }
  return kept;
};

const isUnchanged = (task: BuildTask, found: Vouched | undefined): boolean =>
  found !== undefined &&
  KEEPABLE.has(task.materialized) &&
  found.inputs === task.inputs &&
  found.relation === relationKey(task.workspace);

const inputsOf = (plan: Plan, { node }: BuildTask): readonly BuildTask[] =>
  (plan.parents.get(taskId(node)) ?? []).flatMap((id): readonly BuildTask[] => {
    const parent = plan.tasks.get(id);
    return parent?.kind === "build" ? [parent] : [];
  });
