/** Who holds the lock of a schema, as far as the server and the bookkeeping say. */
import type { Session } from "../../domain/contracts/database.ts";
import type { RunEvent } from "../../domain/event.ts";
import { ident, literal, type Sql, sql } from "../../domain/sql.ts";
import { hashOf } from "../../lib/hash.ts";

export type LockHolder = Extract<RunEvent, { kind: "lock_waiting" }>["holder"];

/** Advisory keys are per database already; 64 bits of a hash name the schema. */
const keyOf = (schema: string): bigint =>
  BigInt.asIntN(64, BigInt(`0x${hashOf(`galley/schema/${schema}`).slice(0, 16)}`));

export const keySql = (schema: string): Sql => sql`${literal(keyOf(schema))}::bigint`;

/** Undefined when it has let go meanwhile. */
export const lockHolderOf = async (
  session: Session,
  schema: string,
  bookkeeping: string,
): Promise<LockHolder | undefined> => {
  const key = BigInt.asUintN(64, keyOf(schema));
  const rows = await session.rows(sql`
select l.mode, a.application_name, a.usename, a.pid, r.run_id::text as run_id, r.project, r.command,
  to_char(coalesce(r.started_at, a.backend_start), 'YYYY-MM-DD HH24:MI:SS TZ') as since
from pg_locks l join pg_stat_activity a on a.pid = l.pid
left join ${ident(bookkeeping)}.runs r on r.run_id::text = split_part(a.application_name, '/', 2)
where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
  and l.classid = ${literal(key >> 32n)}::oid and l.objid = ${literal(key & 0xffffffffn)}::oid limit 1`);
  const row = rows[0];
  if (row === undefined) return undefined;
  const application = row["application_name"] ?? "";
  return {
    does: row["mode"] === "ShareLock" ? "reads" : "writes",
    // Its row is written after it has got the lock: until then its application's name says as much.
    runId: row["run_id"] ?? application.split("/")[1],
    project: row["project"] ?? undefined,
    command: row["command"] ?? undefined,
    application,
    user: row["usename"] ?? "",
    pid: Number(row["pid"]),
    since: row["since"] ?? "",
  };
};

/** `being written by another run: …`, to be put behind a schema's name. */
export const holderText = (holder: LockHolder | undefined): string => {
  if (holder === undefined) return "being written by another run";
  const { does, command, project, application, user, pid, since } = holder;
  const what = command === undefined || project === undefined ? "" : `\`galley ${command}\` of project ${project}, `;
  return `being ${does === "reads" ? "read" : "written"} by another run: ${what}${application} of user ${user}, server process ${pid}, since ${since}`;
};
