/** `galley check leakage`: whether features knew what was known only later, by rebuilding the past beside live. Live is not touched. */
import type { Session } from "../domain/contracts/database.ts";
import { type Diagnostic, errorOf, type Outcome, ok, warningOf } from "../domain/diagnostic.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import type { ColumnVerdict } from "../domain/leakage.ts";
import type { Manifest, ModelNode } from "../domain/manifest.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import type { Connection } from "../postgres/connect.ts";
import { conclude } from "../stages/check/leakage/conclude.ts";
import { leakageSchemas } from "../stages/check/leakage/places.ts";
import { prove } from "../stages/check/leakage/prove.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import type { LeakageReport } from "./answers.ts";
import { besideLive } from "./beside-live.ts";
import type { Command, CommandContext } from "./context.ts";
import type { LeakageInput } from "./inputs.ts";
import { type OpenProject, openSelection, refusedWith, tell } from "./open-project.ts";
import { proofRequest } from "./proof-request.ts";
import { endState, recordedRun } from "./recorded-run.ts";
import { unlessStopped } from "./unless-stopped.ts";
import { listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";

export const checkLeakage: Command<LeakageInput, LeakageReport> = async (outer, input) => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const opened = await openSelection(context, input, input.threads);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest, nodes } = opened.value;
  const features = nodes.flatMap((id) => featureOf(manifest, id));
  if (features.length === 0) return { exitCode: refusedWith(context, [noFeature(manifest)]), value: undefined };
  let report: LeakageReport | undefined;
  const result = await withDatabase(context, opened.value, input, "writes", async (connection) => {
    const work: Work = { context, input, opened: opened.value, connection, features };
    const proved = await checkOn(work, (found) => {
      report = found;
    });
    return { exitCode: proved, value: undefined };
  });
  const exitCode = worstExit([result.exitCode, input.isWarnError && hasWarned() ? 1 : 0]);
  const state = endState(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: report };
};

const featureOf = (manifest: Manifest, id: ModelNode["id"]): readonly ModelNode[] => {
  const node = manifest.nodes.get(id);
  return node?.kind === "model" && node.config.known === "before" ? [node] : [];
};

const noFeature = (manifest: Manifest): Diagnostic => {
  const all = [...manifest.nodes.values()].flatMap((n) => featureOf(manifest, n.id));
  const names = all.map((n) => n.name).join(", ");
  return errorOf("check/nothing-to-prove", "no selected model is a feature", {
    help:
      all.length === 0
        ? "say of a model `config: { known: before }`, with its event_time and unique_key: docs/leakage.md"
        : `the project's features are ${names}`,
  });
};

type Work = {
  readonly context: CommandContext;
  readonly input: LeakageInput;
  readonly opened: OpenProject;
  readonly connection: Connection;
  readonly features: readonly ModelNode[];
};

const checkOn = async (work: Work, found: (report: LeakageReport) => void): Promise<ExitCode> => {
  const { context, input, opened, connection, features } = work;
  const { target, projectName: project } = opened.manifest;
  const command = "check leakage";
  const threads = target.threads;
  const counts = { models: features.length, seeds: 0, snapshots: 0, tests: 0 };
  context.emit({ kind: "run_started", command, project, target: target.name, threads, ...counts });
  const writes = leakageSchemas(bookkeepingSchema(target.schemaPrefix));
  return recordedRun(context, opened, connection, { command, selection: input, writes }, (run) =>
    besideLive(run, { schemas: writes, lockTimeoutMs: target.lockTimeoutMs }, async (session) => {
      const proved = await unlessStopped(context.signal, () =>
        proveLeakage(context, run, session, { manifest: opened.manifest, features, input }),
      );
      if (proved === undefined) return 1;
      if (!proved.ok) return refusedWith(context, proved.diagnostics);
      found(proved.value);
      return tellVerdicts(context, opened.manifest, proved.value, input.isStrict);
    }),
  );
};

type Asked = {
  readonly manifest: Manifest;
  readonly features: readonly ModelNode[];
  readonly input: Pick<LeakageInput, "cutoffs" | "at" | "seed" | "sample">;
};

const proveLeakage = async (
  context: CommandContext,
  run: RunContext,
  session: Session,
  { manifest, features, input }: Asked,
): Promise<Outcome<LeakageReport>> => {
  const request = proofRequest(context, run, { manifest, features, input, standsAt: (node) => node.relation });
  const seen = await prove(session, { ...request, depth: "full" });
  if (!seen.ok) return seen;
  const columns = await conclude(session, seen.value, run.bookkeeping, request.tell);
  return ok({ columns, coverage: seen.value.coverage });
};

const tellVerdicts = (
  context: CommandContext,
  manifest: Manifest,
  { columns, coverage }: LeakageReport,
  isStrict: boolean,
): ExitCode => {
  const exits: ExitCode[] = [];
  for (const verdict of columns) {
    const at = placeOf(manifest, verdict);
    context.emit({ kind: "column_checked", ...verdict, at, cutoffs: coverage.cutoffs.length, seed: coverage.seed });
    if (verdict.verdict === "leak") exits.push(1);
  }
  for (const diagnostic of notProved(manifest, columns, isStrict)) {
    context.emit({ kind: "diagnostic", diagnostic });
    if (diagnostic.severity === "error") exits.push(1);
  }
  return worstExit(exits);
};

const placeOf = (manifest: Manifest, { node: id, column }: ColumnVerdict): ModelNode["at"] => {
  const node = manifest.nodes.get(id);
  if (node?.kind !== "model") throw new Error(`${id} is no model`);
  return node.columns.find((c) => c.name === column)?.span ?? node.at;
};

/** One for each model and reason; a surrogate is declared, and surprises nobody. */
const notProved = (manifest: Manifest, columns: readonly ColumnVerdict[], isStrict: boolean): readonly Diagnostic[] => {
  const groups = new Map<string, ColumnVerdict[]>();
  for (const verdict of columns) {
    if (verdict.verdict !== "not-proved" || isSurrogate(manifest, verdict)) continue;
    const key = `${verdict.node}\0${verdict.because}`;
    groups.set(key, [...(groups.get(key) ?? []), verdict]);
  }
  return [...groups.values()].flatMap(([first]) => {
    if (first === undefined) return [];
    const make = isStrict ? errorOf : warningOf;
    return [
      make("check/not-proved", `${first.node}: ${first.because}`, {
        at: placeOf(manifest, { ...first, column: undefined }),
      }),
    ];
  });
};

const isSurrogate = (manifest: Manifest, { node: id, column }: ColumnVerdict): boolean => {
  const node = manifest.nodes.get(id);
  return node?.kind === "model" && node.columns.some((c) => c.name === column && c.isSurrogate);
};
