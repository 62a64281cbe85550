/** A plan as people read it: what is built, why, with what on it; what is tested by itself; what is published. */
import type { ForetoldPlan } from "../../commands/answers.ts";
import { type FreshnessCheck, limitText } from "../../domain/freshness.ts";
import type { CompiledHook } from "../../domain/hooks.ts";
import { relationKey } from "../../domain/names.ts";
import type { BuildTask, Plan, PlanTask, UnitTestsTask } from "../../domain/plan.ts";
import type { CarriedThing, PublishPart } from "../../domain/publish-plan.ts";
import { shownText } from "../../domain/sql.ts";
import { countOf } from "../../lib/duration.ts";
import { padEnd, textWidth } from "../../lib/text-width.ts";

export const planText = (plan: ForetoldPlan): string => {
  const tasks = [...plan.tasks.values()];
  return [
    hookLines("on-run-start", plan.onRun.start),
    gateLines(plan),
    contractLines(tasks),
    unitTestLines(tasks),
    buildLines(tasks.filter((task) => task.kind === "build")),
    testLines(tasks),
    foreignKeyLines(tasks, plan),
    publishLines(plan),
    columnLines(plan),
    untoldLines(plan),
    reboundLines(plan),
    carriedLines(plan),
    hookLines("on-run-end", plan.onRun.end),
    staleLines(plan),
    orphanLines(plan),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
};

const contractLines = (tasks: readonly PlanTask[]): readonly string[] => {
  const names = tasks.flatMap((task) => (task.kind === "contracts" ? task.names : []));
  return names.length === 0 ? [] : ["hold to their contracts, before anything is built", ...names.map((n) => `  ${n}`)];
};

const unitTestLines = (tasks: readonly PlanTask[]): readonly string[] => {
  const units = tasks.filter((task) => task.kind === "unit-tests");
  const count = units.reduce((sum, task) => sum + task.tests.length, 0);
  if (count === 0) return [];
  const subject = (task: UnitTestsTask): string => task.node?.split(".").slice(2).join(".") ?? "queries of their own";
  return [
    `${countOf(count, "unit test")}, before what ${count === 1 ? "it is" : "they are"} of`,
    ...units.map((task) => `  ${subject(task)}: ${task.tests.map((test) => test.node.name).join(", ")}`),
  ];
};

/** The reason of a run that was not narrowed goes without saying. */
const EVERYTHING = "everything";

const buildLines = (tasks: readonly BuildTask[]): readonly string[] => {
  if (tasks.length === 0) return ["nothing to build"];
  const actionWidth = Math.max(...tasks.map((t) => textWidth(t.action)));
  const nameWidth = Math.max(...tasks.map((t) => textWidth(relationKey(t.relation))));
  return [
    `build ${countOf(tasks.length, "relation")}`,
    ...tasks.flatMap((t) => [
      `  ${padEnd(t.action, actionWidth)}  ${padEnd(relationKey(t.relation), nameWidth)}  ${[...withText(t), ...(t.because === EVERYTHING ? [] : [t.because])].join(" · ")}`.trimEnd(),
      ...settingLines(t),
      ...t.hooks.pre.flatMap((hook) => hookText("before", hook)),
      ...t.hooks.post.flatMap((hook) => hookText("after", hook)),
    ]),
  ];
};

const withText = ({ constraints, tests, proved, contract, remarks }: BuildTask): readonly string[] => {
  const ofNew = tests.filter((t) => t.judges === "new rows").length;
  const indexes = constraints.filter((c) => c.kind === "index" || c.kind === "unique index").length;
  return [
    ...remarks,
    ...(contract === undefined ? [] : ["contract"]),
    ...(indexes > 0 ? [countOf(indexes, "index", "indexes")] : []),
    ...(constraints.length > indexes ? [countOf(constraints.length - indexes, "constraint")] : []),
    ...(tests.length > ofNew ? [countOf(tests.length - ofNew, "test")] : []),
    ...(ofNew > 0 ? [`${countOf(ofNew, "test")} of only the new rows`] : []),
    ...(proved.length > 0 ? [`${countOf(proved.length, "test")} guaranteed by constraints`] : []),
  ];
};

const settingLines = ({ settings }: BuildTask): readonly string[] =>
  settings.length === 0 ? [] : [`    with ${settings.map(({ name, value }) => `${name} = ${value}`).join(", ")}`];

/** A statement a line, whatever its own line breaks. */
const hookText = (when: string, { statements, isInTransaction }: CompiledHook): readonly string[] =>
  statements.map(
    (statement) => `    ${when}${isInTransaction ? "" : ", outside the transaction"}: ${oneLine(shownText(statement))}`,
  );

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, " ");

const hookLines = (name: string, hooks: readonly CompiledHook[]): readonly string[] => {
  const statements = hooks.flatMap((hook) => hook.statements);
  return statements.length === 0 ? [] : [name, ...statements.map((s) => `  ${oneLine(shownText(s))}`)];
};

const testLines = (tasks: readonly PlanTask[]): readonly string[] => {
  const tests = tasks.flatMap((task) => (task.kind === "tests" ? task.tests : []));
  if (tests.length === 0) return [];
  return [`test by ${tests.length === 1 ? "itself" : "themselves"}`, ...tests.map((test) => `  ${test.node.name}`)];
};

const foreignKeyLines = (tasks: readonly PlanTask[], plan: Plan): readonly string[] => {
  const between = tasks.flatMap((task) => (task.kind === "foreign-key" ? [task.constraint] : []));
  const leaving = plan.publish.leavingForeignKeys.map((key) => key.constraint);
  if (between.length + leaving.length === 0) return [];
  return [
    "foreign keys made last",
    ...between.map((c) => `  ${c.name} on ${relationKey(c.relation)}`),
    ...leaving.map((c) => `  ${c.name} on ${relationKey(c.relation)}, to a relation outside the run`),
  ];
};

const publishLines = ({ publish, writes }: Plan): readonly string[] =>
  publish.relations.length + publish.deltas.length === 0
    ? []
    : [
        `publish ${countOf(publish.relations.length + publish.deltas.length, "relation")} to ${writes.join(", ")} in ${publish.parts.length === 1 ? "one transaction" : `${publish.parts.length} transactions, with live of two days between them`}`,
        ...(publish.parts.length === 1 ? [] : publish.parts.map(partLine)),
      ];

const columnLines = ({ columns: { changed } }: ForetoldPlan): readonly string[] => {
  const width = Math.max(...changed.map(({ relation }) => textWidth(relationKey(relation))));
  return changed.length === 0
    ? []
    : [
        "columns change: sessions that prepared select * on one of these must prepare it again",
        ...changed.map((c) => `  ${padEnd(relationKey(c.relation), width)}  ${c.changes.join(", ")}`),
      ];
};

const untoldLines = ({ columns: { untold } }: ForetoldPlan): readonly string[] =>
  untold.length === 0
    ? []
    : [
        "columns cannot be told before the build, nor those of what reads these",
        ...untold.map((u) => `  ${relationKey(u.relation)}: ${u.message}`),
      ];

const partLine = ({ nodes, locks }: PublishPart, i: number): string =>
  `  ${i + 1}  ${countOf(nodes.length, "relation")}, up to ${countOf(locks, "lock")}`;

const carriedLines = ({ publish: { carried } }: Plan): readonly string[] => {
  const width = Math.max(...carried.map((thing) => textWidth(carriedName(thing))));
  return carried.length === 0
    ? []
    : [
        "carried over in the same transaction",
        ...carried.map((thing) => `  ${padEnd(carriedName(thing), width)}  on ${relationKey(thing.on)}: ${thing.how}`),
      ];
};

const carriedName = ({ kind, name }: CarriedThing): string => `${kind} ${name}`;

const reboundLines = ({ publish }: Plan): readonly string[] =>
  publish.rebound.length === 0
    ? []
    : [
        "made again over live in publish, when the new rows are there",
        ...publish.rebound.map(
          (r) =>
            `  ${r.kind} ${relationKey(publish.relations.find((p) => p.node === r.node)?.name ?? r.workspace)}${r.kind === "view" ? "" : ", with all its rows"}`,
        ),
      ];

const staleLines = ({ stale }: Plan): readonly string[] =>
  stale.length === 0
    ? []
    : [
        "not selected, though built from what changes: they go on showing the day of their own build",
        ...stale.map((id) => `  ${id}`),
      ];

const orphanLines = ({ orphans }: Plan): readonly string[] =>
  orphans.length === 0
    ? []
    : [
        "made by Galley, and their model is gone: `galley clean --orphans` drops them",
        ...orphans.map((o) => `  ${relationKey(o.relation)}`),
      ];

const gateLines = ({ gates }: Plan): readonly string[] => {
  const width = Math.max(...gates.map((gate) => textWidth(gate.name)));
  const allowed = ({ errorAfter }: FreshnessCheck): string =>
    errorAfter === undefined ? "warns alone" : `at most ${limitText(errorAfter)} old`;
  return gates.length === 0
    ? []
    : [
        "sources that must be fresh, before anything is built",
        ...gates.map((gate) => `  ${padEnd(gate.name, width)}  ${allowed(gate)}`),
      ];
};
