/** What a proof of features is asked with, whether a check or a run asks for it. */
import type { Manifest, ModelNode } from "../domain/manifest.ts";
import { ident, sql } from "../domain/sql.ts";
import { baseOf, leakageSchemas } from "../stages/check/leakage/places.ts";
import type { ProofRequest } from "../stages/check/leakage/prove.ts";
import { dropRelations } from "../stages/execute/drop-relations.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { compilePastModels } from "./compile-past-models.ts";
import type { CommandContext } from "./context.ts";
import type { LeakageInput } from "./inputs.ts";

/** Nobody reads what a check builds but the server's own upkeep, which gives way after a second. */
const PATIENCE_MS = 10_000;

export type AskedProof = {
  readonly manifest: Manifest;
  readonly features: readonly ModelNode[];
  readonly input: Pick<LeakageInput, "cutoffs" | "at" | "seed" | "sample">;
  readonly standsAt: ProofRequest["standsAt"];
};

export type Proving = Pick<
  RunContext,
  "database" | "bookkeeping" | "threads" | "signal" | "clock" | "random" | "sleep"
>;

export const proofRequest = (
  context: CommandContext,
  run: Proving,
  { manifest, features, input, standsAt }: AskedProof,
): Omit<ProofRequest, "depth"> => {
  const { bookkeeping, database, threads, signal, clock } = run;
  return {
    manifest,
    database,
    features,
    standsAt,
    schema: baseOf(bookkeeping),
    schemas: leakageSchemas(bookkeeping),
    compile: compilePastModels(context, manifest),
    clear: async (session, schema) => {
      signal.throwIfAborted();
      const dropped = { schemas: [schema], lockTimeoutMs: PATIENCE_MS, kept: new Set<string>() };
      await dropRelations(session, { ...dropped, attempts: 1, sleep: run.sleep });
      await session.run(sql`create schema if not exists ${ident(schema)}`);
    },
    bookkeeping,
    threads,
    seed: input.seed ?? Math.floor(run.random() * 1_000_000),
    cutoffs: input.cutoffs,
    at: input.at,
    share: input.sample,
    signal,
    clock,
    tell: (message) => context.emit({ kind: "note", message }),
  };
};
