/** Makes the workspaces of a run, empty, before it builds; takes them away when all has been published. */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { parkingOf, parkingsOf, relationKey, workspaceOf } from "../../domain/names.ts";
import { ident, joinSql, literal, sql } from "../../domain/sql.ts";
import { dropRelations, dropSchema, type Kept } from "./drop-relations.ts";
import type { RunLock } from "./locks.ts";
import { setAside } from "./parking.ts";
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
    const existing = await existingSchemas(session);
    for (const name of schemas.flatMap((s) => [s, workspaceOf(s), parkingOf(s)])) {
      // CREATE SCHEMA IF NOT EXISTS asks for the right on the database even where the schema is there.
      if (!existing.has(name)) await session.run(sql`create schema ${ident(name)}`);
    }
    const left = (of: readonly string[]): readonly string[] => of.flatMap(placesOf).filter((s) => existing.has(s));
    const free = await lock.alsoFree(others.filter((s) => left([s]).length > 0));
    await dropKeyTwins(session, [...schemas, ...free.schemas], lockTimeoutMs);
    const kept = await clear(session, run, {
      schemas: left([...schemas, ...free.schemas]),
      lockTimeoutMs,
      kept: goesOn,
    });
    await free.release();
    const inTheWay: Kept[] = [];
    for (const schema of schemas) inTheWay.push(...(await stillInTheWay(session, run, schema, kept)));
    if (inTheWay.length === 0) return ok(undefined);
    return failed(
      ...inTheWay.map(({ name, reason }) =>
        errorOf("execute/workspace-in-use", `${name}, left by an earlier run, cannot be dropped: ${reason}`, {
          help: "end the session that uses it, or drop what depends on it; then run again",
        }),
      ),
    );
  });

/** Where a run builds, and all that may hold what was replaced. */
const placesOf = (schema: string): readonly string[] => [workspaceOf(schema), ...parkingsOf(schema)];

const existingSchemas = async (session: Session): Promise<ReadonlySet<string>> =>
  new Set((await session.rows(sql`select nspname from pg_namespace`)).map((r) => r["nspname"] ?? ""));

/** A workspace must be empty. What was parked may stay, out of the way of what will be. */
const stillInTheWay = async (
  session: Session,
  { emit }: RunContext,
  schema: string,
  kept: readonly Kept[],
): Promise<readonly Kept[]> => {
  const built = kept.filter((k) => k.schema === workspaceOf(schema));
  const parked = kept.filter((k) => k.schema === parkingOf(schema));
  if (parked.length === 0) return built;
  const aside = await setAside(session, schema, await existingSchemas(session));
  if (aside === undefined) return [...built, ...parked];
  const names = parked.map((k) => k.name).join(", ");
  emit({ kind: "note", message: `${names} cannot be dropped yet, and waits in the schema ${aside}` });
  return built;
};

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

type RemovalRequest = Pick<WorkspaceRequest, "schemas" | "lockTimeoutMs"> & {
  /** Other schemas of Galley's own that are to go: those of a check that was killed. */
  readonly further: readonly string[];
};

/** After publish: the old relations go, and the schemas that they and the new ones stood in. What cannot go is returned. */
export const removeWorkspaces = (
  run: Pick<RunContext, "database" | "sleep">,
  { schemas, further, lockTimeoutMs }: RemovalRequest,
): Promise<readonly Kept[]> =>
  run.database.withSession("model", async (session) => {
    const existing = await existingSchemas(session);
    const own = [...schemas.flatMap(placesOf), ...further].filter((schema) => existing.has(schema));
    await dropKeyTwins(session, schemas, lockTimeoutMs);
    const kept = await clear(session, run, { schemas: own, lockTimeoutMs, kept: new Set() });
    const rows = await session.rows(sql`select has_database_privilege(current_database(), 'CREATE') as can_create`);
    // Schemas that an administrator made for a role that cannot make them again are left in place, empty.
    if (rows[0]?.["can_create"] === "t") for (const name of own) await dropSchema(session, name, lockTimeoutMs);
    return kept;
  });

/** The relations that stand in workspaces, parking places and further schemas now, and keys to them, for `clean` to list. */
export const leftovers = async (
  session: Session,
  schemas: readonly string[],
  further: readonly string[],
): Promise<readonly string[]> => {
  const twins = await leftKeyTwins(session, schemas);
  const names = twins.map(({ table, key }) => `${key} on ${relationKey(table)}`);
  const places = joinSql([...schemas.flatMap(placesOf), ...further].map(literal), sql`, `);
  const rows = await session.rows(
    sql`select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in (${places}) and c.relkind in ('r', 'v', 'm', 'p', 'f') order by 1, 2`,
  );
  return [...names, ...rows.map((r) => `${r["nspname"]}.${r["relname"]}`)];
};
