/**
 * Contracts of the run: what each model's rows are held to, and which can be looked at before anything is built, because
 * all that the model reads stands on live already.
 */

import type { ContractStep } from "../../domain/build-steps.ts";
import type { Manifest, ModelNode } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import { type BuildTask, type PlanTask, type TaskId, taskId } from "../../domain/plan.ts";
import { authored, ident, joinSql, type Sql, sql } from "../../domain/sql.ts";
import { reach } from "../../lib/dag.ts";

export const contractOf = (node: ModelNode, query: Sql): ContractStep | undefined =>
  node.config.contract === undefined
    ? undefined
    : {
        node: node.id,
        query,
        columns: node.columns.flatMap(({ name, dataType }) => (dataType === undefined ? [] : [{ name, dataType }])),
        at: node.config.contract.at,
      };

/** The columns in the contract's order and of its types; a query that keeps the contract is changed in nothing else. */
export const contractedQuery = ({ query, columns }: ContractStep): Sql => {
  const list = columns.map(({ name, dataType }) => {
    const type = authored(dataType.value, { span: dataType.span, calledFrom: [] });
    return sql`${ident(name)}::${type} as ${ident(name)}`;
  });
  return sql`select ${joinSql(list, sql`, `)}\nfrom (\n${query}\n) as contracted`;
};

export type ContractsTask = Extract<PlanTask, { kind: "contracts" }>;

/** The task that looks at some before anything is built, and the builds without what it does for them. */
export const contractsFirst = (
  tasks: readonly BuildTask[],
  manifest: Manifest,
  inRun: ReadonlySet<NodeId>,
): { readonly builds: readonly BuildTask[]; readonly first: ContractsTask | undefined } => {
  const contracts: { contract: ContractStep; schema: string }[] = [];
  const names: string[] = [];
  const builds = tasks.map((task) => {
    const { node, contract, workspace } = task;
    if (contract === undefined || readsRun(manifest, node, inRun)) return task;
    contracts.push({ contract, schema: workspace.schema });
    names.push(relationKey(task.relation));
    return { ...task, contract: undefined };
  });
  if (contracts.length === 0) return { builds, first: undefined };
  return { builds, first: { kind: "contracts", id: taskId("contracts"), contracts, names } };
};

const readsRun = (manifest: Manifest, node: NodeId, inRun: ReadonlySet<NodeId>): boolean => {
  const parentsOf = (id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];
  const above = reach(parentsOf(node), (id) => (inRun.has(id) ? [] : parentsOf(id)));
  return [...above.keys()].some((id) => inRun.has(id));
};

/** Whatever is built first waits for it. */
export const afterContracts = (
  parents: ReadonlyMap<TaskId, readonly TaskId[]>,
  tasks: ReadonlyMap<TaskId, PlanTask>,
  contracts: ContractsTask | undefined,
): ReadonlyMap<TaskId, readonly TaskId[]> => {
  if (contracts === undefined) return parents;
  const waiting = [...parents].map(([id, above]) => {
    const isFirst = tasks.get(id)?.kind === "build" && above.every((parent) => tasks.get(parent)?.kind !== "build");
    return [id, isFirst ? [contracts.id, ...above] : above] as const;
  });
  return new Map([[contracts.id, []], ...waiting]);
};
