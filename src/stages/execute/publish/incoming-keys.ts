/**
 * Foreign keys of tables outside the run that refer to a replaced one. Before publish each gets a twin to the new
 * relation, NOT VALID under a short lock_timeout and then validated, while the old one goes on guarding live; publish
 * drops the old key and gives its name to the twin. An orphan is a failed data test, and nothing is locked for it.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type ExitCode, exitOf } from "../../../domain/exit-code.ts";
import { byteLength, MAX_NAME_BYTES, type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import type { BuildTask } from "../../../domain/plan.ts";
import type { ConstraintStep } from "../../../domain/rule.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { SQLSTATE } from "../../../domain/sqlstate.ts";
import { hashOf } from "../../../lib/hash.ts";
import type { NewNames, Requalify } from "../../../sql-syntax/requalify.ts";
import { holds } from "../holds.ts";
import type { TestReport } from "../test-report.ts";
import type { HangingKey } from "./hanging-facts.ts";
import { addUnderShortLock } from "./leaving-keys.ts";
import { keyInUse } from "./publish-refusals.ts";
import { printed } from "./repoint.ts";
import type { UntilCommit } from "./until-commit.ts";

const TWIN_SUFFIX = "__next";

/** A long name is cut, and told from others by its hash. Publish knows both names, so neither is made from the other. */
const twinName = (name: string): string => {
  const plain = `${name}${TWIN_SUFFIX}`;
  if (byteLength(plain) <= MAX_NAME_BYTES) return plain;
  const rest = `_${hashOf(name).slice(0, 8)}${TWIN_SUFFIX}`;
  let cut = name;
  while (byteLength(cut + rest) > MAX_NAME_BYTES) cut = cut.slice(0, -1);
  return cut + rest;
};

type KeyRequest = {
  readonly keys: readonly HangingKey[];
  readonly requalify: Requalify;
  readonly names: NewNames;
  readonly taskOf: (on: RelationName) => BuildTask;
  readonly lockTimeoutMs: number;
  readonly publishTimeoutMs: number;
  readonly report: TestReport;
};

/** The exit codes that its failures ask for. */
export const makeKeyTwins = async (
  run: UntilCommit,
  session: Session,
  request: KeyRequest,
): Promise<readonly ExitCode[]> => {
  const exits: ExitCode[] = [];
  for (const key of request.keys) if (!run.signal.aborted) exits.push(...(await makeTwin(run, session, key, request)));
  return exits;
};

const makeTwin = async (
  run: UntilCommit,
  session: Session,
  key: HangingKey,
  request: KeyRequest,
): Promise<readonly ExitCode[]> => {
  const task = request.taskOf(key.on);
  const table = relation(key.table);
  const twin = ident(twinName(key.name));
  const add = request.requalify(
    sql`alter table ${table} add constraint ${twin} ${printed(key.definition)}`,
    request.names,
  );
  // A key of a partitioned table can be added in one step only.
  const isInSteps = key.isValidated && !key.isPartitioned;
  try {
    await addUnderShortLock(run, session, isInSteps ? sql`${add} not valid` : add, request);
    if (!isInSteps || (await holds(session, sql`alter table ${table} validate constraint ${twin}`))) return [];
    await request.report.violation(session, violationOf(key, task), 0, []);
    return [1];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) return [];
    if (error.sqlstate === SQLSTATE.foreignKeyViolation) {
      await request.report.violation(session, violationOf(key, task), 0, []);
      return [1];
    }
    const subject = `foreign key ${key.name} on ${relationKey(key.table)}`;
    const diagnostic =
      error.sqlstate === SQLSTATE.lockNotAvailable
        ? keyInUse(subject, request.publishTimeoutMs)
        : databaseDiagnostic(error, "execute/does-not-fit", subject, task.at);
    run.emit({ kind: "diagnostic", diagnostic });
    return [exitOf([diagnostic])];
  }
};

/** Rows of the other table that would be left without what they refer to. */
const violationOf = (key: HangingKey, task: BuildTask): ConstraintStep => {
  const { columns, toColumns, table, isMatchFull } = key;
  const same = joinSql(
    columns.map((c, i) => sql`p.${ident(toColumns[i] ?? c)} = c.${ident(c)}`),
    sql` and `,
  );
  const known = joinSql(
    columns.map((c) => sql`c.${ident(c)} is not null`),
    isMatchFull ? sql` or ` : sql` and `,
  );
  return {
    kind: "foreign_key",
    origin: "outside",
    name: key.name,
    node: task.node,
    relation: table,
    columns,
    change: { kind: "statement", sql: sql`` },
    violations: sql`select c.* from ${relation(table)} as c where (${known}) and not exists (select from ${relation(task.workspace)} as p where ${same})`,
    at: task.at,
  };
};

/** In publish, when old and new have changed places. */
export const exchangeKeys = (keys: readonly HangingKey[]): readonly Sql[] =>
  keys.flatMap(({ table, name, comment, parts }) => [
    sql`alter table ${relation(table)} drop constraint ${ident(name)}`,
    sql`alter table ${relation(table)} rename constraint ${ident(twinName(name))} to ${ident(name)}`,
    // The server calls the key on a partition as that on the whole, and renames only that.
    ...parts.map(
      (part) =>
        sql`alter table ${relation(part.table)} rename constraint ${ident(twinName(name))} to ${ident(part.name)}`,
    ),
    ...(comment === null
      ? []
      : [sql`comment on constraint ${ident(name)} on ${relation(table)} is ${literal(comment)}`]),
  ]);

/** Twins to relations in these workspaces, whoever left them: by the suffix and by what they refer to. */
export const leftKeyTwins = async (session: Session, schemas: readonly string[]): Promise<readonly KeyTwin[]> => {
  if (schemas.length === 0) return [];
  const workspaces = joinSql(
    schemas.map((s) => literal(workspaceOf(s))),
    sql`, `,
  );
  const rows = await session.rows(sql`
select n.nspname as schema, c.relname as name, k.conname as key from pg_constraint k
join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
join pg_class p on p.oid = k.confrelid join pg_namespace m on m.oid = p.relnamespace
where k.contype = 'f' and k.conparentid = 0 and m.nspname in (${workspaces}) and n.nspname <> m.nspname and n.nspname not in (${workspaces})
  and right(k.conname, ${literal(TWIN_SUFFIX.length)}) = ${literal(TWIN_SUFFIX)} order by 1, 2, 3`);
  return rows.map((r) => ({
    table: { schema: r["schema"] ?? "", name: r["name"] ?? "" },
    key: r["key"] ?? "",
  }));
};

export type KeyTwin = { readonly table: RelationName; readonly key: string };

/** Each in a transaction of its own, under a short lock_timeout. */
export const dropKeyTwin = ({ table, key }: KeyTwin, lockTimeoutMs: number): Sql =>
  sql`begin; set local lock_timeout = ${literal(lockTimeoutMs)}; alter table ${relation(table)} drop constraint if exists ${ident(key)}; commit`;
