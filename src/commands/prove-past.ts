/** The prover that runs are handed for tests of the kind `point_in_time`: features of equal questions are proved together. */
import type { CompiledTest } from "../domain/compiled.ts";
import { DatabaseError } from "../domain/contracts/database.ts";
import { type Outcome, ok } from "../domain/diagnostic.ts";
import { isBuilt, type Manifest, type ModelNode, type RelationNode } from "../domain/manifest.ts";
import type { NodeId, RelationName } from "../domain/names.ts";
import { workspaceOf } from "../domain/names.ts";
import { isOfPast, POINT_IN_TIME, type ProvePast } from "../domain/past-proof.ts";
import { SQLSTATE } from "../domain/sqlstate.ts";
import { ensureBookkeeping } from "../postgres/bookkeeping.ts";
import { leakageSchemas } from "../stages/check/leakage/places.ts";
import { proveQuick } from "../stages/check/leakage/quick-proof.ts";
import { withRunLock } from "../stages/execute/locks.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { leavingNothing, takeAway } from "./beside-live.ts";
import type { CommandContext } from "./context.ts";
import { needsOutcomeLines, pastProofOf } from "./past-findings.ts";
import { type Proving, proofRequest } from "./proof-request.ts";

/** Schemas that a run with such tests works in besides its workspaces; none without. */
export const pastSchemas = (tests: Iterable<CompiledTest>, bookkeeping: string): readonly string[] =>
  [...tests].some(isOfPast) ? leakageSchemas(bookkeeping) : [];

/**
 * Of a command that holds no lock otherwise, and asks other tests too: that the past may not be rebuilt here, on a replica
 * or by a role that only reads, is said of the tests that need it.
 */
export const proverOnLive =
  (context: CommandContext, run: PastRun, past: PastTests): ProvePast =>
  async ({ tests, signal }, answer) => {
    const left = new Set(tests);
    const answered: typeof answer = (found) => {
      for (const test of found.kind === "proof" ? [found.proof.test] : found.tests) left.delete(test);
      return answer(found);
    };
    const notAllowed = (because: string): Promise<void> => answer({ kind: "not proved", tests: [...left], because });
    try {
      const made = await ensureBookkeeping(run.database, run.bookkeeping);
      const outcome = made.ok ? await lockedForPast(context, run, past, { tests, signal }, answered) : made;
      if (outcome.ok) return;
      const { diagnostics } = outcome;
      if (diagnostics.some(({ code }) => code === "postgres/no-permission"))
        await notAllowed(diagnostics.map(({ message }) => message).join("; "));
      else await answer({ kind: "refused", tests: [...left], diagnostics });
    } catch (error) {
      if (!(error instanceof DatabaseError) || !NOT_ALLOWED.includes(error.sqlstate)) throw error;
      await notAllowed(`the past cannot be rebuilt by this role, or on this server: ${error.message}`);
    }
  };

const NOT_ALLOWED: readonly string[] = [SQLSTATE.insufficientPrivilege, SQLSTATE.readOnly];

const lockedForPast = (
  context: CommandContext,
  run: PastRun,
  past: PastTests,
  ...asked: Parameters<ProvePast>
): Promise<Outcome<undefined>> => {
  const { database, bookkeeping } = run;
  const lock = {
    writes: pastSchemas(past.tests, bookkeeping),
    reads: [],
    runId: context.runId,
    bookkeeping,
    patience: "none",
  } as const;
  return withRunLock(database, lock, async () => {
    await withPastProver(context, run, past, (prove) => prove(...asked));
    return ok(undefined);
  });
};

export type PastRun = Proving & Pick<RunContext, "emit">;

export type PastTests = {
  readonly manifest: Manifest;
  readonly tests: Iterable<CompiledTest>;
  /** Nodes that the run builds in workspaces. */
  readonly inRun: ReadonlySet<NodeId>;
};

/** What the proof has built beside live is taken away when `use` has ended. */
export const withPastProver = <T>(
  context: CommandContext,
  run: PastRun,
  { manifest, tests, inRun }: PastTests,
  use: (prove: ProvePast) => Promise<T>,
): Promise<T> => {
  const schemas = pastSchemas(tests, run.bookkeeping);
  if (schemas.length === 0) return use(noProver);
  const beside = { schemas, lockTimeoutMs: manifest.target.lockTimeoutMs };
  const prove: ProvePast = ({ tests: asked, signal }, answer) =>
    run.database.withSession("model", async (session) => {
      await takeAway(run, session, beside);
      for (const group of groupsOf(asked, manifest)) {
        signal.throwIfAborted();
        const { cutoffs, seed, features } = group;
        const byFeature = new Map(group.tests.map((test) => [test.node.attachedTo, test]));
        const request = proofRequest(
          context,
          { ...run, signal },
          {
            manifest,
            features,
            input: { cutoffs, seed, at: [], sample: undefined },
            standsAt: (node) => standsAt(node, inRun),
          },
        );
        const builtAt = (node: ModelNode) => (inRun.has(node.id) ? standsAt(node, inRun) : undefined);
        const tell = (message: string): void => request.tell(`${POINT_IN_TIME}: ${message}`);
        const proved = await proveQuick(session, { ...request, tell }, builtAt, async (quick) => {
          const test = byFeature.get(quick.feature.id);
          if (test === undefined) return;
          for (const message of needsOutcomeLines(quick)) context.emit({ kind: "note", message });
          await answer({ kind: "proof", proof: pastProofOf(test, quick, seed), session });
        });
        if (!proved.ok) await answer({ kind: "refused", tests: group.tests, diagnostics: proved.diagnostics });
      }
    });
  return leavingNothing(run, beside, () => use(prove));
};

export const noProver: ProvePast = async ({ tests }) => {
  throw new Error(`nobody was handed the past for ${tests.map((test) => test.node.id).join(", ")}`);
};

const standsAt = (node: RelationNode, inRun: ReadonlySet<NodeId>): RelationName =>
  isBuilt(node) && inRun.has(node.id)
    ? { schema: workspaceOf(node.relation.schema), name: node.relation.name }
    : node.relation;

type Group = {
  readonly cutoffs: number;
  readonly seed: number;
  readonly features: ModelNode[];
  readonly tests: CompiledTest[];
};

/** Those that ask for the same and keep the same time have their cut-offs in common, and each ancestor is built once for all. */
const groupsOf = (tests: readonly CompiledTest[], { nodes }: Manifest): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const test of tests) {
    const node = test.node.attachedTo === undefined ? undefined : nodes.get(test.node.attachedTo);
    const { failing } = test;
    if (node?.kind !== "model" || failing.kind !== "past") throw new Error(`${test.node.id} judges no model's past`);
    const { cutoffs, seed } = failing;
    // Two tests of one model ask each by itself.
    const nth = [...groups.values()].filter((g) => g.features.includes(node)).length;
    const key = JSON.stringify([cutoffs, seed, node.config.eventTime, nth]);
    const group = groups.get(key) ?? { cutoffs, seed, features: [], tests: [] };
    groups.set(key, group);
    group.features.push(node);
    group.tests.push(test);
  }
  return [...groups.values()];
};
