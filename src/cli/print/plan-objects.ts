/** A plan as programs read it: one object for each thing that would be done, in the order in which it is printed. */
import type { ForetoldPlan } from "../../commands/answers.ts";
import type { CompiledHook } from "../../domain/hooks.ts";
import { relationKey } from "../../domain/names.ts";
import { shownText } from "../../domain/sql.ts";

const hookObject =
  (when: string) =>
  ({ statements, isInTransaction }: CompiledHook): object => ({
    when,
    transaction: isInTransaction,
    sql: statements.map((statement) => shownText(statement).trim()),
  });

const runHook = (step: string, hooks: readonly CompiledHook[]): readonly object[] =>
  hooks.map(({ statements }) => ({ step, sql: statements.map((statement) => shownText(statement).trim()) }));

export const planObjects = ({
  tasks,
  parents,
  publish,
  gates,
  onRun,
  writes,
  stale,
  orphans,
  columns,
}: ForetoldPlan): readonly object[] => [
  ...runHook("on-run-start", onRun.start),
  ...gates.map(({ source, warnAfter, errorAfter }) => ({ step: "freshness", source, warnAfter, errorAfter })),
  ...[...tasks.values()].map((task) => {
    const after = parents.get(task.id) ?? [];
    switch (task.kind) {
      case "build":
        return {
          step: "build",
          id: task.id,
          node: task.node,
          action: task.action,
          relation: relationKey(task.relation),
          materialized: task.materialized,
          because: task.because,
          remarks: task.remarks,
          ...(task.contract === undefined ? {} : { contract: task.contract.columns.map((c) => c.name) }),
          settings: Object.fromEntries(task.settings.map(({ name, value }) => [name, value])),
          hooks: [...task.hooks.pre.map(hookObject("pre")), ...task.hooks.post.map(hookObject("post"))],
          constraints: task.constraints.map((c) => ({ type: c.kind, name: c.name })),
          tests: task.tests.map((test) => test.node.id),
          after,
        };
      case "tests":
        return { step: "test", id: task.id, tests: task.tests.map((test) => test.node.id), after };
      case "unit-tests":
        return { step: "unit_test", id: task.id, tests: task.tests.map((test) => test.node.id), after };
      case "contracts":
        return { step: "contracts", id: task.id, relations: task.names, after };
      default: {
        const { name, relation } = task.constraint;
        return { step: "foreign_key", id: task.id, name, relation: relationKey(relation), after };
      }
    }
  }),
  ...publish.leavingForeignKeys.map(({ constraint }) => ({
    step: "leaving_foreign_key",
    name: constraint.name,
    relation: relationKey(constraint.relation),
  })),
  ...(publish.relations.length + publish.deltas.length === 0
    ? []
    : [
        {
          step: "publish",
          relations: [...publish.relations, ...publish.deltas].map((r) => relationKey(r.name)),
          schemas: writes,
        },
      ]),
  ...columns.changed.map(({ relation, changes }) => ({ step: "columns", relation: relationKey(relation), changes })),
  ...columns.untold.map(({ relation, message }) => ({
    step: "columns",
    relation: relationKey(relation),
    untold: message,
  })),
  ...publish.carried.map(({ on, kind, name, how }) => ({ step: "carry", kind, name, how, relation: relationKey(on) })),
  ...runHook("on-run-end", onRun.end),
  ...stale.map((node) => ({ step: "stale", node })),
  ...orphans.map((orphan) => ({ step: "orphan", node: orphan.nodeId, relation: relationKey(orphan.relation) })),
];
