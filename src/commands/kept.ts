/** What `retry` keeps of the run that it goes on from, decided and told before anything is done. */
import type { NodeId } from "../domain/names.ts";
import { relationKey } from "../domain/names.ts";
import type { Plan } from "../domain/plan.ts";
import { countOf } from "../lib/duration.ts";
import { builtNodes, type EarlierRun, takeOver } from "../stages/execute/resume.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { keptNodes, type Vouched } from "../stages/plan/keep.ts";
import type { ProjectRun } from "./prepare.ts";

export type KeptWork = {
  readonly kept: ReadonlyMap<NodeId, Vouched>;
  /** `schema.name` of their relations in the workspace. */
  readonly relations: ReadonlySet<string>;
};

const NOTHING: KeptWork = { kept: new Map(), relations: new Set() };

export const keptOf = async (
  { context, resumed, prepared: { manifest } }: ProjectRun,
  run: RunContext,
  plan: Plan,
  hasRawChanged: boolean,
): Promise<KeptWork> => {
  if (resumed === undefined) return NOTHING;
  const note = (message: string): void => context.emit({ kind: "note", message });
  const from = `${resumed.run.runId} (${resumed.run.startedAt})`;
  if (resumed.keeps === "none" || hasRawChanged) {
    note(`begins again from run ${from}: ${hasRawChanged ? "raw tables have changed, so all" : "all"} is built again`);
    return NOTHING;
  }
  const found = await run.database.withSession("read", (session) =>
    builtNodes(session, run.bookkeeping, resumed.run.runId),
  );
  const kept = keptNodes(plan, found);
  const planned = [...plan.tasks.values()].filter((task) => task.kind === "build");
  const gone = planned.filter(({ node, workspace }) =>
    found.some((f) => f.node === node && f.relation !== relationKey(workspace)),
  ).length;
  note(`goes on from run ${from}: ${kept.size} of ${countOf(planned.length, "node")} kept`);
  if (gone > 0)
    note(`${countOf(gone, "relation")} of that run left the workspace: another run or \`galley clean\` cleared it`);
  const readsSource = [...kept.keys()].some((id) =>
    (manifest.parents.get(id) ?? []).some((parent) => manifest.nodes.get(parent)?.kind === "source"),
  );
  if (readsSource)
    note("whether raw tables changed since then is not known; `galley retry --fresh` builds everything again");
  await takeOver(run, resumed.run, new Set(kept.keys()), plan);
  return {
    kept,
    relations: new Set([...kept.values()].flatMap((k) => (k.relation === undefined ? [] : [k.relation]))),
  };
};

export const nothingToRetry = ({ command, startedAt, runId }: EarlierRun): string =>
  `nothing to retry: the last run (\`galley ${command}\` of ${startedAt}, ${runId}) was published`;
