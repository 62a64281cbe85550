/** All raw-loading seeds in; each loaded, in the order of the foreign keys between their tables, or known to be unchanged. */
import { join } from "node:path";
import type { Database } from "../../domain/contracts/database.ts";
import { failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { Emit, RunEvent } from "../../domain/event.ts";
import type { IngestMapping } from "../../domain/ingest.ts";
import { relationKey } from "../../domain/names.ts";
import { sql } from "../../domain/sql.ts";
import { topologicalOrder } from "../../lib/dag.ts";
import { loadMapping, type RawLoad } from "./load-mapping.ts";
import { readFile } from "./open-table.ts";
import { loadHash, rememberedLoads, rememberLoad } from "./raw-loads.ts";
import { readFailure } from "./read-failure.ts";
import { referencesAmong, targetTables } from "./target-table.ts";

export type SeedRawRequest = {
  /** Those without a path are not seeds and are left alone. */
  readonly mappings: readonly IngestMapping[];
  /** Absolute. */
  readonly root: string;
  readonly runId: string;
  /** The schema of `quarantine`. */
  readonly bookkeeping: string;
  readonly emit: Emit;
  readonly now: () => Date;
};

export type RawSeed = { readonly mapping: IngestMapping; readonly file: string; readonly load: RawLoad };

/** Those that were loaded. The first that cannot be loaded ends it: what comes after may refer to its rows. */
export const seedRaw = async (database: Database, request: SeedRawRequest): Promise<Outcome<readonly RawSeed[]>> => {
  const seeds = request.mappings.flatMap((mapping) =>
    mapping.path === undefined ? [] : [{ mapping, file: mapping.path.value }],
  );
  if (seeds.length === 0) return ok([]);
  const targets = seeds.flatMap(({ mapping }) => mapping.steps.map(({ into }) => into));
  const { remembered, tables, references } = await database.withSession("durable", async (session) => ({
    remembered: await rememberedLoads(session),
    tables: await targetTables(session, targets),
    references: await referencesAmong(session, targets),
  }));
  const loaded: RawSeed[] = [];
  for (const { mapping, file } of inOrder(seeds, references)) {
    const startedAt = request.now().getTime();
    const absolutePath = join(request.root, file);
    let hash: string;
    try {
      hash = await loadHash(mapping, absolutePath, tables);
    } catch (error) {
      const unread = readFailure(error, file);
      if (unread === undefined) throw error;
      return failed({ ...unread, at: mapping.path?.span });
    }
    if (remembered.get(mapping.name) === hash) {
      const ms = request.now().getTime() - startedAt;
      request.emit({ kind: "raw_loaded", mapping: mapping.name, file, isSkipped: true, steps: [], rejected: 0, ms });
      continue;
    }
    const { runId, bookkeeping } = request;
    const source = readFile(absolutePath);
    const outcome = await loadMapping(database, { mapping, source, fileLabel: file, runId, bookkeeping }, (load) =>
      // A seed with refused rows is loaded, and told of, again by the next run.
      load.rejected > 0 ? sql`select` : rememberLoad(mapping, file, hash, runId),
    );
    if (!outcome.ok) return outcome;
    loaded.push({ mapping, file, load: outcome.value });
    request.emit(rawLoaded(mapping, file, outcome.value, request.now().getTime() - startedAt));
  }
  return ok(loaded);
};

export const rawLoaded = (mapping: IngestMapping, file: string, load: RawLoad, ms: number): RunEvent => ({
  kind: "raw_loaded",
  mapping: mapping.name,
  file,
  isSkipped: false,
  steps: load.steps,
  rejected: load.rejected,
  ms,
});

type Seed = { readonly mapping: IngestMapping; readonly file: string };

/** A mapping comes after those that load what its tables refer to. Tables that refer to each other decide nothing. */
const inOrder = (
  seeds: readonly Seed[],
  references: readonly { readonly from: string; readonly to: string }[],
): readonly Seed[] => {
  const byName = new Map(seeds.map((seed) => [seed.mapping.name, seed]));
  const targetsOf = new Map(
    seeds.map(({ mapping }) => [mapping.name, new Set(mapping.steps.map(({ into }) => relationKey(into)))]),
  );
  const parentsOf = (name: string): readonly string[] => {
    const own = targetsOf.get(name) ?? new Set();
    const wanted = references.filter(({ from, to }) => own.has(from) && !own.has(to)).map(({ to }) => to);
    return [...targetsOf]
      .filter(([other, targets]) => other !== name && wanted.some((to) => targets.has(to)))
      .map(([other]) => other);
  };
  const ordered = topologicalOrder([...byName.keys()], parentsOf);
  const names = ordered.kind === "order" ? ordered.order : [...byName.keys()].sort();
  return names.flatMap((name) => byName.get(name) ?? []);
};
