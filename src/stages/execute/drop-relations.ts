/**
 * Drops what stands in schemas of Galley's own (workspaces, or what publish parked), never with CASCADE: whatever
 * something else depends on stays, and is named. One short transaction a relation, with a short lock_timeout.
 */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { relationKey } from "../../domain/names.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { SQLSTATE } from "../../domain/sqlstate.ts";

export type Kept = { readonly schema: string; readonly name: string; readonly reason: string };

export type DropRequest = {
  readonly schemas: readonly string[];
  readonly lockTimeoutMs: number;
  /** `schema.name` of what stays. */
  readonly kept: ReadonlySet<string>;
  /** How often a relation that is locked or still needed is tried again. */
  readonly attempts: number;
  readonly sleep: (ms: number) => Promise<void>;
};

/** How many drops go in one message; each is still a transaction of its own. */
const MESSAGE_SIZE = 50;

export const dropRelations = async (session: Session, request: DropRequest): Promise<readonly Kept[]> => {
  if (request.schemas.length === 0) return [];
  let kept: readonly Kept[] = [];
  for (let attempt = 0; attempt < request.attempts; attempt++) {
    if (attempt > 0) {
      await request.sleep(50 * attempt);
      await dropForeignKeysWithin(session, request);
    }
    kept = await dropOnce(session, request);
    if (kept.length === 0) return [];
  }
  return kept;
};

/** Two tables that refer to each other can only go when their keys have gone. */
const dropForeignKeysWithin = async (
  session: Session,
  { schemas, lockTimeoutMs, kept }: DropRequest,
): Promise<void> => {
  const inSchemas = joinSql(schemas.map(literal), sql`, `);
  const keys = await session.rows(sql`
select n.nspname as schema, c.relname as name, k.conname as key from pg_constraint k
join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
join pg_class p on p.oid = k.confrelid join pg_namespace m on m.oid = p.relnamespace
where k.contype = 'f' and k.conrelid <> k.confrelid and k.conparentid = 0 and n.nspname in (${inSchemas}) and m.nspname in (${inSchemas})`);
  for (const row of keys) {
    const table = { schema: row["schema"] ?? "", name: row["name"] ?? "" };
    if (kept.has(relationKey(table))) continue;
    const drop = sql`alter table ${relation(table)} drop constraint if exists ${ident(row["key"] ?? "")}`;
    await attemptOne(session, {
      name: table.name,
      schema: table.schema,
      drop: sql`begin; set local lock_timeout = ${literal(lockTimeoutMs)}; ${drop}; commit`,
    });
  }
};

type Target = { readonly schema: string; readonly name: string; readonly drop: Sql };

const dropOnce = async (
  session: Session,
  { schemas, lockTimeoutMs, kept: stays }: DropRequest,
): Promise<readonly Kept[]> => {
  const targets = (await inDropOrder(session, schemas)).filter(({ name }) => !stays.has(name));
  if (targets.length === 0) return [];
  const kept: Kept[] = [];
  await session.run(sql`set lock_timeout = ${literal(lockTimeoutMs)}`);
  try {
    for (let i = 0; i < targets.length; i += MESSAGE_SIZE) {
      const some = targets.slice(i, i + MESSAGE_SIZE);
      const isDone = await attemptAll(session, some);
      if (!isDone) for (const target of some) kept.push(...(await attemptOne(session, target)));
    }
  } finally {
    await session.run(sql`reset lock_timeout`);
  }
  return kept;
};

const attemptAll = async (session: Session, targets: readonly Target[]): Promise<boolean> => {
  try {
    await session.run(
      joinSql(
        targets.map((t) => sql`begin; ${t.drop}; commit`),
        sql`; `,
      ),
    );
    return true;
  } catch (error) {
    if (error instanceof DatabaseError) return false;
    throw error;
  }
};

const STAYS: ReadonlySet<string> = new Set([
  SQLSTATE.lockNotAvailable,
  SQLSTATE.dependentObjects,
  SQLSTATE.deadlockDetected,
  SQLSTATE.insufficientPrivilege,
]);

const attemptOne = async (session: Session, { schema, name, drop }: Target): Promise<readonly Kept[]> => {
  try {
    await session.run(drop);
    return [];
  } catch (error) {
    if (error instanceof DatabaseError && STAYS.has(error.sqlstate))
      return [{ schema, name, reason: error.detail ?? error.message }];
    throw error;
  }
};

/** Newest first: what was built later may stand on what was built before, never the other way round. */
const inDropOrder = async (session: Session, schemas: readonly string[]): Promise<readonly Target[]> => {
  const rows = await session.rows(sql`
select n.nspname as schema, c.relname as name, case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end as kind
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in (${joinSql(schemas.map(literal), sql`, `)}) and c.relkind in ('r', 'v', 'm', 'p', 'f', 'S')
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass and d.refobjid <> d.objid)
order by c.oid desc`);
  return rows.map((row) => {
    const name = { schema: row["schema"] ?? "", name: row["name"] ?? "" };
    return {
      schema: name.schema,
      name: `${name.schema}.${name.name}`,
      drop: sql`drop ${kindSql(row["kind"])} if exists ${relation(name)}`,
    };
  });
};

export const kindSql = (kind: string | null | undefined): Sql => {
  if (kind === "view") return sql`view`;
  if (kind === "materialized view") return sql`materialized view`;
  if (kind === "sequence") return sql`sequence`;
  return kind === "foreign table" ? sql`foreign table` : sql`table`;
};

/** Drops an empty schema; one that holds anything stays. The server locks what is in it before it says that it is not empty. */
export const dropSchema = async (session: Session, schema: string, lockTimeoutMs: number): Promise<void> => {
  const drop = sql`drop schema if exists ${ident(schema)}`;
  try {
    await session.run(sql`begin; set local lock_timeout = ${literal(lockTimeoutMs)}; ${drop}; commit`);
  } catch (error) {
    if (!(error instanceof DatabaseError && STAYS.has(error.sqlstate))) throw error;
  }
};
