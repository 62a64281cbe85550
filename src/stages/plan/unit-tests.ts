/** Unit tests as tasks: those of a model before it, and before all that reads it. */

import type { CompiledUnitTest, CompiledUnitTests } from "../../domain/compiled-unit-test.ts";
import type { NodeId } from "../../domain/names.ts";
import { type TaskId, taskId, type UnitTestsTask } from "../../domain/plan.ts";

export type PlannedUnitTests = {
  readonly tasks: readonly UnitTestsTask[];
  /** By the model that they are of. */
  readonly gates: ReadonlyMap<NodeId, TaskId>;
};

export const planUnitTests = ({ tests }: Pick<CompiledUnitTests, "tests">): PlannedUnitTests => {
  const byModel = new Map<NodeId | undefined, CompiledUnitTest[]>();
  for (const test of tests.values()) {
    const { model } = test.node.subject;
    const others = byModel.get(model);
    if (others === undefined) byModel.set(model, [test]);
    else others.push(test);
  }
  const tasks = [...byModel].map(
    ([node, own]): UnitTestsTask => ({
      kind: "unit-tests",
      id: taskId(node === undefined ? "unit tests of queries" : `unit tests of ${node}`),
      node,
      tests: own,
    }),
  );
  return { tasks, gates: new Map(tasks.flatMap((task) => (task.node === undefined ? [] : [[task.node, task.id]]))) };
};
