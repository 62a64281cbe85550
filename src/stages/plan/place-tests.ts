/**
 * Where each data test runs: with the node that is built last of all that it reads, or, where there is no such node,
 * as a task of its own. A test with a node keeps that node's children from starting until it has passed; one that needs
 * the past rebuilt keeps nothing waiting but publish, and shares the rebuilding with its like.
 */
import type { Compiled, CompiledTest } from "../../domain/compiled.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import { isOfPast } from "../../domain/past-proof.ts";
import { type PlanTask, type TaskId, type TestsTask, taskId } from "../../domain/plan.ts";
import { reach } from "../../lib/dag.ts";

export type PlacedTests = {
  readonly withNode: ReadonlyMap<NodeId, readonly CompiledTest[]>;
  readonly alone: readonly TestsTask[];
  /** For a task of its own, the nodes of the run that it waits for. */
  readonly waitsFor: ReadonlyMap<TaskId, readonly NodeId[]>;
  /** Tests of what the run does not build (sources first of all): the node that they judge → their task. */
  readonly gates: ReadonlyMap<NodeId, TaskId>;
};

export const placeTests = (compiled: Compiled, manifest: Manifest, inRun: ReadonlySet<NodeId>): PlacedTests => {
  const parentsOf = (id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];
  const ancestors = new Map<NodeId, ReadonlySet<NodeId>>();
  const ancestorsOf = (id: NodeId): ReadonlySet<NodeId> => {
    const known = ancestors.get(id) ?? new Set(reach([id], parentsOf).keys());
    ancestors.set(id, known);
    return known;
  };
  const withNode = new Map<NodeId, CompiledTest[]>();
  const alone = new Map<TaskId, TestsTask & { readonly tests: CompiledTest[] }>();
  const waitsFor = new Map<TaskId, readonly NodeId[]>();
  const gates = new Map<NodeId, TaskId>();
  for (const test of compiled.tests.values()) {
    const seen = reach(parentsOf(test.node.id), (id) => (inRun.has(id) ? [] : parentsOf(id)));
    const reads = [...seen.keys()].filter((id) => inRun.has(id));
    if (isOfPast(test)) {
      const task = alone.get(PAST) ?? { kind: "tests", id: PAST, tests: [], relation: undefined };
      task.tests.push(test);
      alone.set(PAST, task);
      waitsFor.set(PAST, [...new Set([...(waitsFor.get(PAST) ?? []), ...reads])]);
      continue;
    }
    const last = reads.find((id) => reads.every((other) => ancestorsOf(id).has(other)));
    if (last !== undefined) {
      withNode.set(last, [...(withNode.get(last) ?? []), test]);
      continue;
    }
    const judged = reads.length === 0 ? (test.node.attachedTo ?? test.node.id) : test.node.id;
    const id = taskId(`tests of ${judged}`);
    const task = alone.get(id) ?? { kind: "tests", id, tests: [], relation: test.relation };
    task.tests.push(test);
    alone.set(id, task);
    waitsFor.set(id, reads);
    if (reads.length === 0 && test.node.attachedTo !== undefined) gates.set(test.node.attachedTo, id);
  }
  return { withNode, alone: [...alone.values()], waitsFor, gates };
};

const PAST = taskId("tests of the past");

/** The edges between tasks; a path through what the run does not build counts as an edge. */
export const taskParents = (
  tasks: ReadonlyMap<TaskId, PlanTask>,
  manifest: Manifest,
  placed: PlacedTests,
  foreignKeyEnds: ReadonlyMap<TaskId, readonly NodeId[]>,
  unitTests: ReadonlyMap<NodeId, TaskId>,
): ReadonlyMap<TaskId, readonly TaskId[]> => {
  const parents = new Map<TaskId, readonly TaskId[]>();
  for (const task of tasks.values()) {
    if (task.kind === "build") parents.set(task.id, nodeParents(task.node, tasks, manifest, [placed.gates, unitTests]));
    else parents.set(task.id, (placed.waitsFor.get(task.id) ?? foreignKeyEnds.get(task.id) ?? []).map(taskId));
  }
  return parents;
};

const nodeParents = (
  node: NodeId,
  tasks: ReadonlyMap<TaskId, PlanTask>,
  manifest: Manifest,
  gates: readonly ReadonlyMap<NodeId, TaskId>[],
): readonly TaskId[] => {
  const found = new Set<TaskId>();
  const gatesOf = (id: NodeId): readonly TaskId[] => gates.flatMap((gate) => gate.get(id) ?? []);
  for (const gate of gatesOf(node)) found.add(gate);
  const isTask = (id: NodeId): boolean => tasks.has(taskId(id));
  const above = (id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];
  for (const id of reach(above(node), (at) => (isTask(at) ? [] : above(at))).keys()) {
    if (isTask(id)) found.add(taskId(id));
    for (const gate of gatesOf(id)) found.add(gate);
  }
  return [...found];
};
