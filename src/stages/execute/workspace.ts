/** Makes the workspaces of a run, empty, before it builds; takes them away when all has been published. */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { parkingOf, relationKey, workspaceOf } from "../../domain/names.ts";
import { ident, literal, sql } from "../../domain/sql.ts";
import { dropRelations, dropSchema, type Kept } from "./drop-relations.ts";
import type { RunLock } from "./locks.ts";
import { dropKeyTwin, leftKeyTwins } from "./publish/incoming-keys.ts";
import type { RunContext } from "./run-context.ts";

const ATTEMPTS = 5;

export type WorkspaceRequest = {
  readonly schemas: readonly string[];
  /** The project's other schemas: what an earlier run left there may stand on what it left here. */
  readonly others: readonly string[];
  readonly lock: Pick<RunLock, "alsoFree">;
  readonly lockTimeoutMs: number;
  /** `schema.name` of what this run goes on from; all else is cleared. */
  readonly kept: ReadonlySet<string>;
};

/** One workspace belongs to one run: what an earlier one left is cleared, and what its publish could not drop as well. */
export const prepareWorkspaces = (
  run: RunContext,
  { schemas, others, lock, lockTimeoutMs, kept: goesOn }: WorkspaceRequest,
): Promise<Outcome<undefined>> =>
  run.database.withSession("model", async (session) => {
    const existing = new Set((await session.rows(sql`select nspname from pg_namespace`)).map((r) => r["nspname"]));
    const own: string[] = [];
    for (const schema of schemas) {
      for (const name of [schema, workspaceOf(schema), parkingOf(schema)]) {
        // CREATE SCHEMA IF NOT EXISTS asks for the right on the database even where the schema is there.
        if (!existing.has(name)) await session.run(sql`create schema ${ident(name)}`);
        else if (name !== schema) own.push(name);
      }
    }
    const free = await lock.alsoFree(others.filter((s) => existing.has(workspaceOf(s)) || existing.has(parkingOf(s))));
    const further = free.schemas.flatMap((s) => [workspaceOf(s), parkingOf(s)]);
    await dropKeyTwins(session, [...schemas, ...free.schemas], lockTimeoutMs);
    const kept = (await clear(session, run, { schemas: [...own, ...further], lockTimeoutMs, kept: goesOn })).filter(
      ({ schema }) => own.includes(schema),
    );
    await free.release();
    if (kept.length === 0) return ok(undefined);
    return failed(
      ...kept.map(({ name, reason }) =>
        errorOf("execute/workspace-in-use", `${name}, left by an earlier run, cannot be dropped: ${reason}`, {
          help: "end the session that uses it, or drop what depends on it; then run again",
        }),
      ),
    );
  });

/** Together, because what stands in one schema may depend on what stands in another. */
const clear = (
  session: Session,
  run: Pick<RunContext, "sleep">,
  { schemas, lockTimeoutMs, kept }: Pick<WorkspaceRequest, "schemas" | "lockTimeoutMs" | "kept">,
): Promise<readonly Kept[]> =>
  dropRelations(session, { schemas, lockTimeoutMs, kept, attempts: ATTEMPTS, sleep: run.sleep });

/** A killed publish left them on tables outside, and they guard what is to be dropped. One that stays is named with that. */
const dropKeyTwins = async (session: Session, schemas: readonly string[], lockTimeoutMs: number): Promise<void> => {
  for (const twin of await leftKeyTwins(session, schemas)) {
    await session.run(dropKeyTwin(twin, lockTimeoutMs)).catch((error: unknown) => {
      if (!(error instanceof DatabaseError)) throw error;
    });
  }
};

/** After publish: the old relations go, and the schemas that they and the new ones stood in. What cannot go is returned. */
export const removeWorkspaces = (
  run: Pick<RunContext, "database" | "sleep">,
  { schemas, lockTimeoutMs }: Pick<WorkspaceRequest, "schemas" | "lockTimeoutMs">,
): Promise<readonly Kept[]> =>
  run.database.withSession("model", async (session) => {
    const own = schemas.flatMap((schema) => [workspaceOf(schema), parkingOf(schema)]);
    await dropKeyTwins(session, schemas, lockTimeoutMs);
    const kept = await clear(session, run, { schemas: own, lockTimeoutMs, kept: new Set() });
    const rows = await session.rows(sql`select has_database_privilege(current_database(), 'CREATE') as can_create`);
    // Schemas that an administrator made for a role that cannot make them again are left in place, empty.
    if (rows[0]?.["can_create"] === "t") for (const name of own) await dropSchema(session, name);
    return kept;
  });

/** The relations that stand in workspaces and parking places now, and keys to them, for `clean` to list. */
export const leftovers = async (session: Session, schemas: readonly string[]): Promise<readonly string[]> => {
  const twins = await leftKeyTwins(session, schemas);
  const names = twins.map(({ table, key }) => `${key} on ${relationKey(table)}`);
  for (const schema of schemas.flatMap((s) => [workspaceOf(s), parkingOf(s)])) {
    const rows = await session.rows(
      sql`select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${literal(schema)} and c.relkind in ('r', 'v', 'm', 'p', 'f') and not c.relispartition order by 1`,
    );
    names.push(...rows.map((r) => `${schema}.${r["relname"]}`));
  }
  return names;
};
