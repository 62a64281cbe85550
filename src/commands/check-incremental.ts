/** `galley check incremental`: whether incremental models, grown from the past, hold what a full build holds. Live is not touched. */

import { DatabaseError, type Session } from "../domain/contracts/database.ts";
import { databaseDiagnostic } from "../domain/database-diagnostic.ts";
import { type Diagnostic, warningOf } from "../domain/diagnostic.ts";
import type { RunEvent } from "../domain/event.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import type { Manifest, ModelNode, SourceNode } from "../domain/manifest.ts";
import { bookkeepingSchema, relationKey } from "../domain/names.ts";
import { maskedRows, personalColumns } from "../domain/personal.ts";
import { ident, relation, sql } from "../domain/sql.ts";
import type { Connection } from "../postgres/connect.ts";
import { checkSchemas, readClock, timeColumnOf } from "../stages/check/pasts.ts";
import { createTable, type Probe, type Rehearsal, rehearse } from "../stages/check/rehearse.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import type { CheckedModel, CheckedProbe } from "./answers.ts";
import { besideLive } from "./beside-live.ts";
import { ancestorsOf, compilePasts, type PastBuild, type Pasts } from "./compile-pasts.ts";
import type { Command, CommandContext } from "./context.ts";
import { growTable } from "./grow-table.ts";
import type { CheckInput } from "./inputs.ts";
import { type OpenProject, openSelection, refusedWith, tell } from "./open-project.ts";
import { endState, recordedRun } from "./recorded-run.ts";
import { listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";

export const checkIncremental: Command<CheckInput, readonly CheckedModel[]> = async (outer, input) => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const opened = await openSelection(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest, nodes: selected } = opened.value;
  const models = selected.flatMap((id) => incrementalModel(manifest, id));
  const checked: CheckedModel[] = [];
  const result = await withDatabase(context, opened.value, input, "writes", async (connection) => ({
    exitCode: await checkOn({ context, input, opened: opened.value, connection, models, checked }),
    value: undefined,
  }));
  const exitCode = worstExit([result.exitCode, input.isWarnError && hasWarned() ? 1 : 0]);
  const state = endState(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: checked };
};

const incrementalModel = (manifest: Manifest, id: ModelNode["id"]): readonly ModelNode[] => {
  const node = manifest.nodes.get(id);
  return node?.kind === "model" && node.config.materialized === "incremental" ? [node] : [];
};

type Work = {
  readonly context: CommandContext;
  readonly input: CheckInput;
  readonly opened: OpenProject;
  readonly connection: Connection;
  readonly models: readonly ModelNode[];
  /** Filled as the check goes on. */
  readonly checked: CheckedModel[];
};

const checkOn = async ({ context, input, opened, connection, models, checked }: Work): Promise<ExitCode> => {
  const { manifest } = opened;
  const { target, projectName: project } = manifest;
  const command = "check incremental";
  const counts = { models: models.length, seeds: 0, snapshots: 0, tests: 0 };
  context.emit({ kind: "run_started", command, project, target: target.name, threads: 1, ...counts });
  const schemas = checkSchemas(bookkeepingSchema(target.schemaPrefix));
  return recordedRun(context, opened, connection, { command, selection: input, writes: schemas }, (run) =>
    besideLive(run, { schemas, lockTimeoutMs: target.lockTimeoutMs }, async (session) => {
      for (const schema of schemas) await session.run(sql`create schema if not exists ${ident(schema)}`);
      return checkAll(context, run, session, { manifest, models, checked });
    }),
  );
};

type Asked = Pick<Work, "models" | "checked"> & { readonly manifest: Manifest };

const checkAll = async (
  context: CommandContext,
  run: RunContext,
  session: Session,
  { manifest, models, checked }: Asked,
): Promise<ExitCode> => {
  const sources = ancestorsOf(manifest, models).flatMap((id): SourceNode[] => {
    const node = manifest.nodes.get(id);
    return node?.kind === "source" ? [node] : [];
  });
  const clock = await readClock(session, sources);
  if (!clock.ok) return refusedWith(context, clock.diagnostics);
  const timed = new Set(sources.filter((s) => timeColumnOf(s) !== undefined).map((s) => s.id));
  const growing = models.filter(
    (m) => !isBatched(m) && ancestorsOf(manifest, [m]).some((id) => timed.has(id as SourceNode["id"])),
  );
  for (const model of models.filter((m) => !growing.includes(m))) {
    context.emit({ kind: "diagnostic", diagnostic: notProved(model) });
    checked.push({ node: model.id, verdict: "not-proved", probes: [] });
  }
  if (clock.value === undefined || growing.length === 0) return 0;
  const pasts = await compilePasts(context, manifest, run.bookkeeping, growing, clock.value);
  if (!pasts.ok) return refusedWith(context, pasts.diagnostics);
  const exit = await buildPasts(context, session, pasts.value.builds);
  return exit === 0 ? rehearseAll(run, session, manifest, pasts.value, checked) : exit;
};

const buildPasts = async (
  context: CommandContext,
  session: Session,
  builds: readonly PastBuild[],
): Promise<ExitCode> => {
  for (const { kind, node, relation: name, query } of builds) {
    try {
      if (kind === "view") await session.run(sql`create view ${relation(name)} as\n${query}`);
      else await createTable(session, name, query);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return refusedWith(context, [databaseDiagnostic(error, "execute/sql-error", node, undefined)]);
    }
  }
  return 0;
};

const rehearseAll = async (
  run: RunContext,
  session: Session,
  manifest: Manifest,
  { rehearsals }: Pasts,
  checked: CheckedModel[],
): Promise<ExitCode> => {
  const modelOf = (id: Rehearsal["node"]): ModelNode => {
    const node = manifest.nodes.get(id);
    if (node?.kind !== "model") throw new Error(`${id} is no model`);
    return node;
  };
  const exits: ExitCode[] = [];
  for (const rehearsal of rehearsals) {
    const startedAt = run.clock();
    run.emit({ kind: "node_started", node: rehearsal.node });
    const probes = await rehearse(session, rehearsal, growTable(modelOf));
    const found = probes.filter((p) => p.kind !== "same");
    run.emit({
      ...finishedOf(modelOf(rehearsal.node)),
      ms: run.clock() - startedAt,
      status: found.length === 0 ? "success" : "fail",
      because: found.length === 0 ? undefined : found.map(saidOf).join("; "),
    });
    for (const probe of found) {
      if (probe.kind === "failed") run.emit({ kind: "diagnostic", diagnostic: probe.diagnostic });
    }
    checked.push(checkedOf(modelOf(rehearsal.node), probes));
    if (found.length > 0) exits.push(1);
  }
  return worstExit(exits);
};

const finishedOf = ({ id, relation: name }: ModelNode): Extract<RunEvent, { kind: "node_finished" }> => ({
  kind: "node_finished",
  node: id,
  status: "success",
  materialized: "incremental",
  relation: relationKey(name),
  rows: undefined,
  ms: 0,
  diagnostic: undefined,
  because: undefined,
});

const saidOf = (probe: Probe): string => {
  if (probe.kind !== "differs") return `${probe.name}: it could not be grown`;
  const { missing, extra } = probe.differences;
  return `${probe.name}: ${missing} rows missing, ${extra} too many`;
};

const checkedOf = (model: ModelNode, probes: readonly Probe[]): CheckedModel => {
  const verdict = (["failed", "differs"] as const).find((v) => probes.some((p) => p.kind === v)) ?? "same";
  return {
    node: model.id,
    verdict,
    probes: probes.map((probe): CheckedProbe => {
      const none = { missing: 0, extra: 0, columns: [], rows: [] };
      const found = probe.kind === "differs" ? probe.differences : none;
      const rows = maskedRows(found.columns, found.rows, personalColumns(model));
      return { probe: probe.name, verdict: probe.kind, ...found, rows };
    }),
  };
};

const isBatched = ({ config }: ModelNode): boolean => config.incremental.microbatch !== undefined;

const notProved = (model: ModelNode): Diagnostic => (isBatched(model) ? notGrown(model) : noPast(model));

/** Its windows come from the run's time, which a check does not move. */
const notGrown = ({ id, at }: ModelNode): Diagnostic =>
  warningOf("check/not-proved", `${id} is built by microbatches, which a check does not grow`, {
    at,
    help: "compare it with a full build yourself: galley build --full-refresh on a copy (schema_prefix)",
  });

const noPast = ({ id, at }: ModelNode): Diagnostic =>
  warningOf("check/not-proved", `${id}: nothing that it reads has an event_time, so there is no past to grow it from`, {
    at,
    help: "give a source that it reads `config: { event_time: … }`, the column that says when a row came to be",
  });
