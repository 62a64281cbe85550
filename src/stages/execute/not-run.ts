/** What a task says of itself, and of what it did not come to: events. */
import type { RunEvent } from "../../domain/event.ts";
import { relationKey } from "../../domain/names.ts";
import type { BuildTask, PlanTask } from "../../domain/plan.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";
import { notRun, type TestFinished } from "./test-event.ts";
import { unitTestNotRun } from "./unit/report.ts";

export type NodeFinished = Extract<RunEvent, { kind: "node_finished" }>;

/** Of a node that is well. */
export const nodeEvent = (task: BuildTask): NodeFinished => ({
  kind: "node_finished",
  node: task.node,
  status: "success",
  materialized: task.materialized,
  relation: relationKey(task.relation),
  rows: undefined,
  ms: 0,
  diagnostic: undefined,
  because: undefined,
});

type Why = { readonly status: "skipped" | "cancelled"; readonly because: string };

export const notStarted = (
  task: PlanTask,
  why: Why,
  subjectOf: SubjectOf,
): readonly (NodeFinished | TestFinished)[] => {
  const tests = testsNotRun(task, why, subjectOf);
  return task.kind === "build" ? [{ ...nodeEvent(task), ...why }, ...tests] : tests;
};

/** All tests of a task, so that a test that is there one day is not missing on the next. */
export const testsNotRun = (
  task: PlanTask,
  { status, because }: Why,
  subjectOf: SubjectOf,
): readonly TestFinished[] => {
  if (task.kind === "foreign-key" || task.kind === "contracts") return [];
  if (task.kind === "unit-tests") return task.tests.map((test) => unitTestNotRun(test, status, because, subjectOf));
  const proved = task.kind === "build" ? task.proved.map((p) => p.test) : [];
  return [...proved, ...task.tests].map((test) => notRun(test, status, because, subjectOf));
};
