/** The end of a run: the plan made again on what stands, publish, and the old relations cleared away. */
import { type Outcome, ok, warningOf } from "../domain/diagnostic.ts";
import type { ExitCode } from "../domain/exit-code.ts";
import type { Plan } from "../domain/plan.ts";
import { NO_SOURCE_FACTS } from "../domain/source-facts.ts";
import { subjectsIn } from "../domain/test-subject.ts";
import { materializations } from "../plugins/materializations/index.ts";
import type { Connection } from "../postgres/connect.ts";
import { readLockTable } from "../postgres/lock-table.ts";
import type { RunLock } from "../stages/execute/locks.ts";
import { publish } from "../stages/execute/publish/publish.ts";
import { recordFindings, type TestRecord } from "../stages/execute/records.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { makeTestReport } from "../stages/execute/test-report.ts";
import { removeWorkspaces } from "../stages/execute/workspace.ts";
import { planLimitedTests } from "../stages/plan/limited-tests.ts";
import { plan } from "../stages/plan/plan.ts";
import type { PlanRequest } from "../stages/plan/request.ts";
import type { CommandContext } from "./context.ts";
import type { RunInput } from "./inputs.ts";
import { refusedWith } from "./open-project.ts";
import { photograph } from "./photograph.ts";
import type { Prepared, ProjectRun } from "./prepare.ts";
import { noProver } from "./prove-past.ts";
import { sourceFactsOf } from "./source-facts.ts";

export const incrementalsOf = ({ isFullRefresh }: Pick<RunInput, "isFullRefresh">): PlanRequest["incrementals"] =>
  isFullRefresh ? "whole" : "by delta";

export const planOn = async (
  prepared: Prepared,
  { database }: Connection,
  input: Pick<RunInput, "foreign" | "freshness" | "isFullRefresh">,
): Promise<Outcome<Plan>> => {
  const sources = await sourceFactsOf(prepared, database);
  return database.withSession("model", async (session) =>
    plan({
      ...prepared,
      catalog: await photograph(database, session, prepared.manifest),
      materializations,
      foreign: input.foreign,
      freshness: input.freshness,
      incrementals: incrementalsOf(input),
      absentSources: "refused",
      sources,
      publish: prepared.project.settings.publish,
    }),
  );
};

export const publishOn = async (
  { context, input, prepared, connection: { database } }: ProjectRun,
  run: RunContext,
  lock: RunLock,
  planned: Plan,
): Promise<ExitCode> => {
  const { manifest } = prepared;
  const { target } = manifest;
  const violated: TestRecord[] = [];
  const report = makeTestReport(
    run,
    { subjectOf: subjectsIn(manifest, input.rows), planTests: planLimitedTests, prove: noProver },
    (record) => violated.push(record),
  );
  const relations = planned.publish.relations;
  if (relations.length + planned.publish.deltas.length === 0) {
    context.emit({ kind: "publish_finished", status: "nothing", relations: 0, lockedMs: 0, waitedMs: 0, attempts: 0 });
    return 0;
  }
  const published = await publish(run, {
    plan: planned,
    lock,
    report,
    lockTimeoutMs: target.lockTimeoutMs,
    publishTimeoutMs: target.publishTimeoutMs,
    oldSnapshotWaitMs: target.oldSnapshotWaitMs,
    readers: input.readers,
    lockTable: readLockTable,
    // What was hung on a replaced relation meanwhile is carried too, or refused as at the start.
    planAgain: async (session) => {
      if (planned.publish.deltas.length === 0 && relations.every((r) => r.oldKind === undefined)) return ok(planned);
      const catalog = await photograph(database, session, manifest);
      return plan({
        ...prepared,
        catalog,
        materializations,
        absentSources: "expected",
        sources: NO_SOURCE_FACTS,
        foreign: input.foreign,
        freshness: input.freshness,
        incrementals: incrementalsOf(input),
        publish: prepared.project.settings.publish,
      });
    },
    completes: "run",
  });
  await recordFindings(run, [], violated);
  if (published.kind !== "published") {
    context.emit({
      kind: "publish_finished",
      status: published.kind,
      relations: 0,
      lockedMs: 0,
      waitedMs: 0,
      attempts: 0,
    });
    refusedWith(context, published.diagnostics);
    return published.exit;
  }
  const { lockedMs, waitedMs, attempts, mixed } = published;
  context.emit({
    kind: "publish_finished",
    status: "published",
    relations: published.relations,
    lockedMs,
    waitedMs,
    attempts,
    ...(mixed === undefined ? {} : { mixed }),
  });
  return 0;
};

/** The old relations go when nobody needs them any more; what stays for now is a warning, and the next run's first work. */
export const removeOld = async (
  context: CommandContext,
  run: RunContext,
  workspaces: { readonly schemas: readonly string[]; readonly lockTimeoutMs: number },
): Promise<void> => {
  for (const { name, reason } of await removeWorkspaces(run, { ...workspaces, further: [] })) {
    const diagnostic = warningOf("execute/drop-left", `${name} could not be dropped yet: ${reason}`, {
      help: "the next run drops it, or `galley clean`",
    });
    context.emit({ kind: "diagnostic", diagnostic });
  }
};
