/** `galley refresh`: new rows for the materialized views that are live, in the order of their graph, without a build. */
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import type { Manifest, ModelNode } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import type { Connection } from "../postgres/connect.ts";
import { compile } from "../stages/compile/compile.ts";
import { type RefreshRequest, refresh as refreshViews } from "../stages/execute/refresh.ts";
import type { Command, CommandContext } from "./context.ts";
import type { RefreshInput } from "./inputs.ts";
import { liveRun } from "./live-run.ts";
import { type OpenProject, openSelection, tell } from "./open-project.ts";
import { endState, recordedRun } from "./recorded-run.ts";
import { listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";

export const refresh: Command<RefreshInput> = async (outer, input) => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const opened = await openSelection(context, input, input.threads);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest, nodes: selected } = opened.value;
  const views = selected.flatMap((id) => materializedView(manifest, id));
  const compiled = await compile(
    manifest,
    views.map((v) => v.id),
    liveRun(context),
    dataTests,
  );
  tell(context, compiled);
  if (!compiled.ok) return { exitCode: exitOf(compiled.diagnostics), value: undefined };
  const { target } = manifest;
  const request: RefreshRequest = {
    views: views.map(({ id, relation, config, at }) => ({
      node: id,
      relation,
      fingerprint: compiled.value.models.get(id)?.fingerprint ?? "",
      indexes: config.indexes.map((index) => index.name),
      at,
    })),
    parentsOf: (id) => manifest.parents.get(id) ?? [],
    lockTimeoutMs: target.lockTimeoutMs,
    tryForMs: target.publishTimeoutMs,
  };
  const result = await withDatabase(context, opened.value, input, "writes", async (connection) => ({
    exitCode: await refreshOn(context, input, opened.value, connection, request),
    value: undefined,
  }));
  const exitCode = worstExit([result.exitCode, input.isWarnError && hasWarned() ? 1 : 0]);
  const state = endState(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: undefined };
};

const materializedView = (manifest: Manifest, id: NodeId): readonly ModelNode[] => {
  const node = manifest.nodes.get(id);
  return node?.kind === "model" && node.config.materialized === "materialized_view" ? [node] : [];
};

/** A refresh writes to live: it takes the schemas' locks, and stands in the bookkeeping, as a build does. */
const refreshOn = (
  context: CommandContext,
  input: RefreshInput,
  opened: OpenProject,
  connection: Connection,
  request: RefreshRequest,
): Promise<ExitCode> => {
  const { projectName: project, target } = opened.manifest;
  const counts = { models: request.views.length, seeds: 0, snapshots: 0, tests: 0 };
  const command = "refresh";
  context.emit({ kind: "run_started", command, project, target: target.name, threads: target.threads, ...counts });
  const writes = [...new Set(request.views.map((v) => v.relation.schema))].sort();
  return recordedRun(context, opened, connection, { command, selection: input, writes }, async (run) =>
    worstExit(await refreshViews(run, request)),
  );
};
