/** `galley check source-history`: whether the past of the sources stayed as it was photographed, where it was declared known. */
import { type Diagnostic, errorOf, type Outcome, warningOf } from "../domain/diagnostic.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import type { Manifest, SourceNode } from "../domain/manifest.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import type { HistoryColumn } from "../domain/source-history.ts";
import type { Connection } from "../postgres/connect.ts";
import { type CheckedHistory, checkHistory } from "../stages/check/history/check-history.ts";
import { cancelOnAbort } from "../stages/execute/cancel.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import type { HistoryReport } from "./answers.ts";
import type { Command, CommandContext } from "./context.ts";
import type { HistoryInput } from "./inputs.ts";
import { type OpenProject, openSelection, refusedWith, tell } from "./open-project.ts";
import { endState, recordedRun } from "./recorded-run.ts";
import { unlessStopped } from "./unless-stopped.ts";
import { listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";

export const checkSourceHistory: Command<HistoryInput, HistoryReport> = async (outer, input) => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const opened = await openSelection(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const sources = sourcesIn(opened.value.manifest, new Set(opened.value.nodes));
  if (sources.length === 0) return { exitCode: refusedWith(context, [nothingDeclared()]), value: undefined };
  let report: HistoryReport | undefined;
  const result = await withDatabase(context, opened.value, input, "writes", async (connection) => {
    const exitCode = await checkOn({ context, input, opened: opened.value, connection, sources }, (found) => {
      report = found;
    });
    return { exitCode, value: undefined };
  });
  const exitCode = worstExit([result.exitCode, input.isWarnError && hasWarned() ? 1 : 0]);
  const state = endState(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: report };
};

const sourcesIn = ({ nodes }: Manifest, selected?: ReadonlySet<SourceNode["id"]>): readonly SourceNode[] =>
  [...nodes.values()].flatMap((node) =>
    node.kind === "source" && (selected === undefined || selected.has(node.id)) ? [node] : [],
  );

const nothingDeclared = (): Diagnostic =>
  errorOf("check/nothing-to-photograph", "no selected source says when anything of it is known", {
    help: "say it in the sources' config (`event_time`, `known_at`, `known_after`, `constant`): docs/leakage.md; or select others",
  });

type Work = {
  readonly context: CommandContext;
  readonly input: HistoryInput;
  readonly opened: OpenProject;
  readonly connection: Connection;
  readonly sources: readonly SourceNode[];
};

const checkOn = async (work: Work, found: (report: HistoryReport) => void): Promise<ExitCode> => {
  const { context, input, opened, connection, sources } = work;
  const { target, projectName: project } = opened.manifest;
  const command = "check source-history";
  context.emit({
    kind: "run_started",
    command,
    project,
    target: target.name,
    threads: 1,
    models: 0,
    seeds: 0,
    snapshots: 0,
    tests: 0,
  });
  // No schema of that name is made: two of these at once would photograph the same rows twice.
  const writes = [`${bookkeepingSchema(target.schemaPrefix)}__photographs`];
  return recordedRun(context, opened, connection, { command, selection: input, writes }, async (run) => {
    const checked = await onSession(run, context, opened.manifest, { sources, input });
    if (checked === undefined) return 1;
    if (!checked.ok) return refusedWith(context, checked.diagnostics);
    const { columns, coverage, undeclared, keyless } = checked.value;
    if (coverage.length + keyless.length === 0) return refusedWith(context, [nothingDeclared()]);
    found({ columns, coverage, undeclared: undeclared.map((s) => s.id) });
    return tellVerdicts(context, opened.manifest, columns, { keyless, coverage, isStrict: input.isStrict });
  });
};

/** Undefined when it was stopped. */
const onSession = (
  run: RunContext,
  { runId, emit, signal }: CommandContext,
  manifest: Manifest,
  { sources, input }: Pick<Work, "sources" | "input">,
): Promise<Outcome<CheckedHistory> | undefined> => {
  const { database, sleep, bookkeeping } = run;
  return unlessStopped(signal, () =>
    cancelOnAbort({ cancelRunning: database.cancelRunning, signal, sleep }, () =>
      database.withSession("durable", (session) =>
        checkHistory(session, {
          sources,
          all: sourcesIn(manifest),
          bookkeeping,
          runId,
          share: input.sample ?? 1,
          keep: input.keep === 0 ? undefined : input.keep,
          tell: (message) => emit({ kind: "note", message }),
        }),
      ),
    ),
  );
};

type Told = Pick<CheckedHistory, "keyless" | "coverage"> & { readonly isStrict: boolean };

const tellVerdicts = (
  context: CommandContext,
  manifest: Manifest,
  columns: readonly HistoryColumn[],
  { keyless, coverage, isStrict }: Told,
): ExitCode => {
  const exits: ExitCode[] = [];
  const counts = new Map(coverage.map((c) => [c.node, c.photographs]));
  for (const verdict of columns) {
    const at = placeOf(manifest, verdict);
    context.emit({ kind: "history_checked", ...verdict, at, photographs: counts.get(verdict.node) ?? 0 });
    if (verdict.verdict === "changed") exits.push(1);
  }
  for (const node of keyless) {
    const make = isStrict ? errorOf : warningOf;
    const diagnostic = make(
      "check/not-proved",
      `${node.id}: it has no key, so rows of two photographs cannot be paired`,
      {
        at: node.at,
        help: "give the table a primary key, or a unique index over columns that are NOT NULL",
      },
    );
    context.emit({ kind: "diagnostic", diagnostic });
    if (isStrict) exits.push(1);
  }
  return worstExit(exits);
};

const placeOf = (manifest: Manifest, { node: id, column }: HistoryColumn): SourceNode["at"] => {
  const node = manifest.nodes.get(id);
  if (node?.kind !== "source") throw new Error(`${id} is no source`);
  return node.columns.find((c) => c.name === column)?.span ?? node.at;
};
