/** `galley clean`: empties target/, drops what runs left in workspaces; never the embedded database, and nothing with CASCADE. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError, type Session } from "../domain/contracts/database.ts";
import { ok } from "../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../domain/exit-code.ts";
import { isBuilt } from "../domain/manifest.ts";
import { bookkeepingSchema, type RelationName, relationKey } from "../domain/names.ts";
import { ident, literal, relation, sql } from "../domain/sql.ts";
import type { Connection } from "../postgres/connect.ts";
import { leakageSchemas } from "../stages/check/leakage/places.ts";
import { checkSchemas } from "../stages/check/pasts.ts";
import { kindSql } from "../stages/execute/drop-relations.ts";
import { withRunLock } from "../stages/execute/locks.ts";
import { leftovers, removeWorkspaces } from "../stages/execute/workspace.ts";
import type { Removal } from "./answers.ts";
import type { Command, CommandContext } from "./context.ts";
import type { CleanInput } from "./inputs.ts";
import { type OpenProject, openProject, refusedWith, tell } from "./open-project.ts";
import { photograph } from "./photograph.ts";
import { schemasOf } from "./prepare.ts";
import { withDatabase } from "./with-database.ts";

export const clean: Command<CleanInput, readonly Removal[]> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const files = await emptyTarget(join(opened.value.project.root, "target"), input.isDryRun);
  const result = await withDatabase(context, opened.value, input, "writes", async (connection) => {
    const { exit, removals } = await cleanDatabase(context, input, opened.value, connection);
    return { exitCode: exit, value: removals };
  });
  return { exitCode: result.exitCode, value: [...files, ...(result.value ?? [])] };
};

const emptyTarget = async (folder: string, isDryRun: boolean): Promise<readonly Removal[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (!isDryRun)
    await Promise.all(entries.map((entry) => rm(join(folder, entry.name), { recursive: true, force: true })));
  return entries.map((entry) => ({
    what: entry.isDirectory() ? "folder" : "file",
    name: `target/${entry.name}`,
    status: isDryRun ? "planned" : "removed",
    because: "made anew by each run",
  }));
};

type Cleaned = { readonly exit: ExitCode; readonly removals: readonly Removal[] };

const cleanDatabase = async (
  context: CommandContext,
  { isDryRun, dropsOrphans }: CleanInput,
  { manifest }: OpenProject,
  { database }: Connection,
): Promise<Cleaned> => {
  const schemas = schemasOf(manifest, manifest.nodes.keys());
  const bookkeeping = bookkeepingSchema(manifest.target.schemaPrefix);
  const further = [...checkSchemas(bookkeeping), ...leakageSchemas(bookkeeping)];
  const writes = [...schemas, ...further].sort();
  const request = { writes, reads: [], runId: context.runId, bookkeeping, patience: "none" } as const;
  const outcome = await withRunLock(database, request, async () => {
    const left = await database.withSession("model", (session) => leftovers(session, schemas, further));
    const because = "left by a run";
    const removals: Removal[] = [];
    if (isDryRun)
      removals.push(...left.map((name): Removal => ({ what: "relation", name, status: "planned", because })));
    else {
      const run = { database, sleep: (ms: number) => sleep(ms) };
      const kept = await removeWorkspaces(run, { schemas, further, lockTimeoutMs: manifest.target.lockTimeoutMs });
      const reasons = new Map(kept.map((k) => [k.name, k.reason]));
      for (const name of left) {
        const reason = reasons.get(name);
        removals.push({
          what: "relation",
          name,
          status: reason === undefined ? "removed" : "kept",
          because: reason ?? because,
        });
      }
    }
    if (dropsOrphans) removals.push(...(await cleanOrphans(database, manifest, bookkeeping, isDryRun)));
    return ok(removals);
  });
  if (!outcome.ok) return { exit: refusedWith(context, outcome.diagnostics), removals: [] };
  return { exit: outcome.value.some((r) => r.status === "kept") ? 6 : 0, removals: outcome.value };
};

type Orphan = { readonly name: RelationName; readonly kind: string; readonly nodeId: string };

/** What the bookkeeping says is ours, and no node of the project has any more; what something depends on stays. */
const cleanOrphans = (
  database: Connection["database"],
  manifest: OpenProject["manifest"],
  bookkeeping: string,
  isDryRun: boolean,
): Promise<readonly Removal[]> =>
  database.withSession("durable", async (session) => {
    const wanted = new Set<string>();
    for (const node of manifest.nodes.values())
      if (isBuilt(node) || node.kind === "source") wanted.add(relationKey(node.relation));
    const removal = (orphan: Orphan, status: Removal["status"], because: string): Removal => ({
      what: orphan.kind,
      name: relationKey(orphan.name),
      status,
      because,
    });
    const catalog = await photograph(database, session, manifest);
    const gone = catalog.recorded.filter(
      (r) => r.nodeId.split(".")[1] === manifest.projectName && !wanted.has(relationKey(r.name)),
    );
    const orphans = gone.filter((r) => r.kind !== "snapshot");
    const histories = gone
      .filter((r) => r.kind === "snapshot")
      .map((r) => removal(r, "kept", "a history cannot be made again: drop it yourself"));
    if (isDryRun)
      return [...orphans.map((orphan) => removal(orphan, "planned", `${orphan.nodeId} is gone`)), ...histories];
    const removals: Removal[] = [];
    // One may stand on another: as long as any goes, those that stayed are tried again.
    for (let left: readonly Orphan[] = orphans; left.length > 0; ) {
      const kept = new Map<Orphan, string>();
      for (const orphan of left) {
        const reason = await dropOrphan(session, orphan, bookkeeping, manifest.target.lockTimeoutMs);
        if (reason === undefined) removals.push(removal(orphan, "removed", `${orphan.nodeId} is gone`));
        else kept.set(orphan, reason);
      }
      if (kept.size === left.length) removals.push(...left.map((o) => removal(o, "kept", kept.get(o) ?? "")));
      left = kept.size === left.length ? [] : [...kept.keys()];
    }
    return [...removals, ...histories];
  });

/** Undefined when it is gone; else why it stays. */
const dropOrphan = async (
  session: Session,
  { name, kind }: Orphan,
  bookkeeping: string,
  lockTimeoutMs: number,
): Promise<string | undefined> => {
  const what = kind === "view" ? sql`view` : kindSql(kind.replace("_", " "));
  try {
    await session.run(
      sql`begin; set local lock_timeout = ${literal(lockTimeoutMs)}; drop ${what} if exists ${relation(name)}; delete from ${ident(bookkeeping)}.relations where schema = ${literal(name.schema)} and name = ${literal(name.name)}; commit`,
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.detail ?? error.message;
  }
};
