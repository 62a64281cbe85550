/**
 * Applies the new rows of incremental models within the publish transaction: rows only, which no reader waits for, before
 * anything is locked against reading. Only where columns of live change are they applied under the lock, since readers
 * must not see half of that. The rows are counted as they were when they were tested; other numbers roll everything back.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { relationKey, workspaceOf } from "../../../domain/names.ts";
import type { Plan } from "../../../domain/plan.ts";
import type { PublishedDelta } from "../../../domain/publish-plan.ts";
import { joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import { commentsOn } from "../comments.ts";
import { type Expected, readCounts } from "../delta/build-delta.ts";
import { type ColumnChange, changesBetween, columnsOf, oidOf, readColumns } from "../delta/columns.ts";
import { alterLive, applyDelta, countDelta } from "../delta/delta-sql.ts";
import { deltaGrants } from "./delta-grants.ts";
import type { RebuiltTwins } from "./rebuilt-twins.ts";
import { readScaffolding } from "./scaffolding.ts";

type Prepared = {
  readonly delta: PublishedDelta;
  /** Columns to insert into: what the database fills by itself is left to it. */
  readonly columns: readonly string[];
  readonly alter: Sql | undefined;
  readonly expected: Expected;
};

export type Deltas = {
  readonly prepared: readonly Prepared[];
  /** `rows`: nobody who reads is in the way. `columns`: live changes its shape, so that all waits for the lock. */
  readonly change: "rows" | "columns";
};

export const readDeltas = async (session: Session, { deltas }: Plan["publish"]): Promise<Deltas> => {
  const prepared: Prepared[] = [];
  for (const delta of deltas) prepared.push(await prepareOne(session, delta));
  return { prepared, change: prepared.some((p) => p.alter !== undefined) ? "columns" : "rows" };
};

const prepareOne = async (session: Session, delta: PublishedDelta): Promise<Prepared> => {
  const { step } = delta;
  const [columns, comments] = await session.step(
    sql`${columnsOf(step.live, step.delta)}; select obj_description(${oidOf(step.delta)}, 'pg_class') as expected`,
  );
  const { first: live, second: made } = readColumns(columns?.rows ?? []);
  const changes = changesBetween(live, made).filter((change) => isWanted(change, delta));
  const isGenerated = new Set(live.filter((c) => c.expression !== undefined).map((c) => c.name));
  return {
    delta,
    columns: made.map((c) => c.name).filter((name) => !isGenerated.has(name)),
    alter: alterLive(step, changes),
    expected: JSON.parse(comments?.rows[0]?.["expected"] ?? "{}") as Expected,
  };
};

/** The new rows have the columns that live is to have: the build saw to it. */
const isWanted = ({ kind }: ColumnChange, { step }: PublishedDelta): boolean =>
  kind !== "gone" || step.onSchemaChange === "sync_all_columns";

/** Keeps other writers, and nobody who reads, out of the tables until COMMIT; undefined when there are none. */
export const lockDeltas = ({ deltas }: Plan["publish"]): Sql | undefined =>
  deltas.length === 0
    ? undefined
    : sql`lock table ${joinSql(
        deltas.map((d) => relation(d.name)),
        sql`, `,
      )} in share row exclusive mode`;

/** Where their columns change, readers are kept out as well. */
export const lockLiveOf = (deltas: readonly PublishedDelta[]): Sql =>
  sql`lock table ${joinSql(
    deltas.map((d) => relation(d.name)),
    sql`, `,
  )} in access exclusive mode`;

/** The overlays go; when the new rows are there, what was built over them is made again over live, and keys to them. */
export const applyDeltas = async (
  session: Session,
  { prepared }: Deltas,
  publish: Plan["publish"],
  twins: RebuiltTwins,
): Promise<readonly Diagnostic[]> => {
  if (prepared.length === 0) return [];
  const { down, again } = await readScaffolding(session, publish);
  const grants = await deltaGrants(session, publish.deltas);
  await session.step(joinSql([...twins.down, ...down], sql`;\n`));
  for (const one of prepared) {
    const moved = await applyOne(session, one);
    if (moved !== undefined) return [moved];
  }
  const keys = publish.keysAfterDeltas.map(
    (key) =>
      sql`alter table ${relation({ ...key.relation, schema: workspaceOf(key.relation.schema) })} ${key.change.sql}`,
  );
  const drops = prepared.map(({ delta: { step } }) => sql`drop table ${relation(step.delta)}`);
  const declared = publish.deltas.flatMap((d) => [...d.indexes, ...commentsOn(d.name, "table", d.comments)]);
  await session.step(joinSql([...again, ...keys, ...grants, ...declared], sql`;\n`));
  await twins.build(session);
  await session.step(joinSql(drops, sql`; `));
  return [];
};

const applyOne = async (
  session: Session,
  { delta, columns, alter, expected }: Prepared,
): Promise<Diagnostic | undefined> => {
  const { step } = delta;
  const counted = (await session.step(countDelta(step))).at(-1)?.rows[0];
  const found = readCounts(counted);
  if (found.rows !== expected.rows || found.replaced !== expected.replaced)
    return movedSince(delta, `${said(expected)} were tested, and now it is ${said(found)}`);
  if (alter !== undefined) await session.step(alter);
  const results = await session.step(joinSql(applyDelta(step, columns), sql`;\n`));
  const written = results.map((r) => r.rowCount ?? 0);
  if (isAsExpected(delta, expected, written)) return undefined;
  return movedSince(delta, `${said(expected)} were tested, and ${written.join(" and ")} were written`);
};

/** Rows that would not change are not written, so upsert and merge write at most all and at least what is new. */
const isAsExpected = ({ step }: PublishedDelta, { rows, replaced }: Expected, written: readonly number[]): boolean => {
  const [first = 0, second = 0] = written;
  switch (step.strategy) {
    case "append":
      return first === rows;
    case "delete_insert":
    case "microbatch":
      return first === replaced && second === rows;
    case "history":
      return first === replaced && second === rows - replaced;
    default:
      return first <= rows && first >= rows - replaced;
  }
};

const said = ({ rows, replaced }: Expected): string => `${rows} new rows in place of ${replaced}`;

const movedSince = ({ name }: PublishedDelta, what: string): Diagnostic =>
  errorOf("execute/delta-moved", `${relationKey(name)} is not what it was when the new rows were built: ${what}`, {
    help: "somebody wrote to it meanwhile, or a trigger or policy keeps rows away; nothing was published: run again",
  });
