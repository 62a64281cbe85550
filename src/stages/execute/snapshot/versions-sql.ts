/**
 * The SQL of versions. All rows at first; then, in a delta, the versions that begin and the ends of those that they
 * replace. What dbt makes of the same rows has the same ids and times, so that a table of dbt's can be gone on with.
 *
 * One rule departs from dbt: a version never begins before the one that it follows has ended. Where the time that a row
 * carries is older than that (a row that was gone and is back, a change that did not touch `updated_at`), it is the
 * run's time that counts.
 */

import type { SnapshotStep } from "../../../domain/build-steps.ts";
import type { RelationName } from "../../../domain/names.ts";
import { authored, ident, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { ColumnShape } from "./shape.ts";

/** The id of the version that a new one ends. */
const ENDS = "galley ends";

export const firstVersions = ({ query, config, now }: SnapshotStep, into: RelationName): Sql => {
  const { columnNames: names, hardDeletes } = config;
  const at = changedAt({ config, now }, sql`watched`);
  return sql`create table ${relation(into)} as
select watched.*,
  ${idOf([...config.uniqueKey.map((k) => sql`watched.${ident(k)}`), at])} as ${ident(names.scdId)},
  ${at} as ${ident(names.updatedAt)},
  ${at} as ${ident(names.validFrom)},
  ${openEndLike({ config }, at)} as ${ident(names.validTo)}${hardDeletes === "new_record" ? sql`,\n  'False'::text as ${ident(names.isDeleted)}` : sql``}
from (\n${query}\n) as watched`;
};

export type Shapes = { readonly watched: readonly ColumnShape[]; readonly history: readonly ColumnShape[] };

/**
 * The delta: whole rows under the history's columns, and under those that came since. A version that ends is in it as it
 * will stand, so that its id replaces it on live; a version that begins has an id that live does not know.
 */
export const changedVersions = (step: SnapshotStep, live: RelationName, shapes: Shapes, into: RelationName): Sql => {
  const { query, config } = step;
  const names = config.columnNames;
  const timed = timesIn(step, shapes);
  const key = config.uniqueKey;
  const isDeleted = ident(names.isDeleted);
  const isNewRecord = config.hardDeletes === "new_record";
  const goneAt = sql`greatest(${timed.now}, o.${ident(names.validFrom)})`;
  const fromChanged: Own = {
    [names.scdId]: sql`c.${ident(names.scdId)}`,
    [names.updatedAt]: sql`c.${ident(names.updatedAt)}`,
    [names.validFrom]: sql`c.${ident(names.validFrom)}`,
    [names.validTo]: timed.openEnd,
    ...(isNewRecord ? { [names.isDeleted]: sql`'False'` } : {}),
  };
  const fromGone: Own = {
    [names.scdId]: idOf([sql`o.${ident(names.scdId)}`, timed.now]),
    [names.updatedAt]: timed.now,
    [names.validFrom]: goneAt,
    [names.validTo]: timed.openEnd,
    [names.isDeleted]: sql`'True'`,
  };
  const watched = new Set(shapes.watched.map((c) => c.name));
  const inHistory = new Set(shapes.history.map((c) => c.name));
  const begins = (own: Own, row: Sql, known: ReadonlySet<string>): Sql =>
    listed(shapes, (c) => (known.has(c.name) ? sql`${row}.${ident(c.name)}` : nothing(c)), own);
  const ends = (at: Sql): Sql =>
    listed(shapes, (c) => (inHistory.has(c.name) ? sql`o.${ident(c.name)}` : nothing(c)), { [names.validTo]: at });
  const parts = [
    sql`select ${begins(fromChanged, sql`c`, watched)} from changed as c`,
    sql`select ${ends(sql`c.${ident(names.validFrom)}`)} from changed as c join current_versions as o on o.${ident(names.scdId)} = c.${ident(ENDS)}`,
    ...(config.hardDeletes === "ignore" ? [] : [sql`select ${ends(goneAt)} from gone as o`]),
    ...(isNewRecord ? [sql`select ${begins(fromGone, sql`o`, inHistory)} from gone as o`] : []),
  ];
  const isBack = isNewRecord ? sql`o.${isDeleted} = 'True' or ` : sql``;
  const gone = sql`,
gone as (
  select o.* from current_versions as o
  where not exists (select from watched as w where ${sameKey(key, sql`w`, sql`o`)})${isNewRecord ? sql` and o.${isDeleted} is distinct from 'True'` : sql``}
)`;
  return sql`create table ${relation(into)} as
with watched as materialized (\n${query}\n),
current_versions as (
  select * from ${relation(live)} as h where ${timed.isOpen(sql`h`)}
),
ended_versions as (
  select ${columnsFrom(key, sql`h`)}, max(h.${ident(names.validTo)}) as ${ident(names.validTo)} from ${relation(live)} as h
  where not (${timed.isOpen(sql`h`)}) group by ${columnsFrom(key, sql`h`)}
),
compared as (
  select ${columnsFrom([...watched], sql`w`)}, o.${ident(names.scdId)} as ${ident(ENDS)},
    ${timed.at(sql`w`)} as ${ident(names.updatedAt)}, coalesce(o.${ident(names.validFrom)}, e.${ident(names.validTo)}) as ${ident(names.validTo)}
  from watched as w
  left join current_versions as o on ${sameKey(key, sql`o`, sql`w`)}
  left join ended_versions as e on o.${ident(names.scdId)} is null and ${sameKey(key, sql`e`, sql`w`)}
  where o.${ident(names.scdId)} is null or ${isBack}${isChanged(step, shapes, timed)}
),
changed as (
  select c.*, ${beginning(names.updatedAt, names.validTo, timed.now)} as ${ident(names.validFrom)},
    case when ${follows(names.updatedAt, names.validTo)} then ${idOf([...key.map((k) => sql`c.${ident(k)}`), sql`c.${ident(names.updatedAt)}`])}
      else ${idOf([...key.map((k) => sql`c.${ident(k)}`), sql`c.${ident(names.updatedAt)}`, timed.now])} end as ${ident(names.scdId)}
  from compared as c
)${config.hardDeletes === "ignore" ? sql`` : gone}
${joinSql(parts, sql`\nunion all\n`)}`;
};

/** Values of the columns that a snapshot adds, by name. */
type Own = Readonly<Record<string, Sql>>;

/** Every column that the history will have, in its order. */
const listed = (shapes: Shapes, value: (column: ColumnShape) => Sql, own: Own): Sql =>
  joinSql(
    [...shapes.history, ...addedColumns(shapes)].map((c) => {
      const given = Object.hasOwn(own, c.name) ? own[c.name] : undefined;
      return sql`${given === undefined ? value(c) : sql`${given}::${typeOf(c)}`} as ${ident(c.name)}`;
    }),
    sql`, `,
  );

/** Watched now, and not when the history began. */
const addedColumns = ({ watched, history }: Shapes): readonly ColumnShape[] => {
  const known = new Set(history.map((c) => c.name));
  return watched.filter((c) => !known.has(c.name));
};

export const ownColumns = ({ columnNames: n, hardDeletes }: SnapshotStep["config"]): readonly string[] => [
  n.scdId,
  n.updatedAt,
  n.validFrom,
  n.validTo,
  ...(hardDeletes === "new_record" ? [n.isDeleted] : []),
];

/** dbt's own form, so that ids agree. */
const idOf = (parts: readonly Sql[]): Sql =>
  sql`md5(${joinSql(
    parts.map((p) => sql`coalesce(cast(${p} as varchar), '')`),
    sql` || '|' || `,
  )})`;

type Timed = Pick<SnapshotStep, "config" | "now">;

/** When the row says that it changed; without saying, it is now. */
const changedAt = ({ config: { strategy }, now }: Timed, row: Sql): Sql => {
  if (strategy.kind === "timestamp") return sql`${row}.${ident(strategy.updatedAt)}`;
  return strategy.updatedAt === undefined ? now : sql`coalesce(${row}.${ident(strategy.updatedAt)}, ${now})`;
};

/** NULL, or what stands for it, in the type of a time that is at hand. */
const openEndLike = ({ config: { validToCurrent } }: Pick<SnapshotStep, "config">, time: Sql): Sql =>
  validToCurrent === undefined
    ? sql`nullif(${time}, ${time})`
    : sql`coalesce(nullif(${time}, ${time}), ${currentOf(validToCurrent)})`;

const currentOf = ({ value, span }: NonNullable<SnapshotStep["config"]["validToCurrent"]>): Sql =>
  sql`(\n${authored(value, { span, calledFrom: [] })}\n)`;

type Times = {
  readonly at: (row: Sql) => Sql;
  readonly now: Sql;
  readonly openEnd: Sql;
  readonly isOpen: (row: Sql) => Sql;
};

/** Times in the type that the history has for them. */
const timesIn = (step: SnapshotStep, { history }: Shapes): Times => {
  const { validTo } = step.config.columnNames;
  const type = authored(history.find((c) => c.name === validTo)?.type ?? "timestamptz", undefined);
  const current = step.config.validToCurrent && sql`${currentOf(step.config.validToCurrent)}::${type}`;
  return {
    at: (row) => sql`(${changedAt(step, row)})::${type}`,
    now: sql`(${step.now})::${type}`,
    openEnd: current ?? sql`null::${type}`,
    isOpen: (row) =>
      current === undefined
        ? sql`${row}.${ident(validTo)} is null`
        : sql`(${row}.${ident(validTo)} is null or ${row}.${ident(validTo)} = ${current})`,
  };
};

const isChanged = ({ config: { strategy, columnNames } }: SnapshotStep, shapes: Shapes, timed: Times): Sql => {
  if (strategy.kind === "timestamp")
    return sql`${timed.at(sql`w`)} > coalesce(o.${ident(columnNames.updatedAt)}, o.${ident(columnNames.validFrom)})`;
  const known = new Set(shapes.history.map((c) => c.name));
  const wanted = strategy.columns;
  const compared = shapes.watched.filter((c) => wanted === "all" || wanted.includes(c.name));
  return joinSql(
    compared.map((c) => (known.has(c.name) ? differs(c) : sql`w.${ident(c.name)} is not null`)),
    sql` or `,
  );
};

/** Types that know no equality are compared as they are written. */
const WITHOUT_EQUALITY: ReadonlySet<string> = new Set(["json", "xml"]);

const differs = ({ name, type }: ColumnShape): Sql => {
  const cast = WITHOUT_EQUALITY.has(type) ? sql`::text` : sql``;
  return sql`w.${ident(name)}${cast} is distinct from o.${ident(name)}${cast}`;
};

/** In `compared`, the column of ends holds the time at which the version before began, or the last one ended. */
const follows = (at: string, before: string): Sql =>
  sql`c.${ident(before)} is null or c.${ident(at)} > c.${ident(before)}`;

const beginning = (at: string, before: string, now: Sql): Sql =>
  sql`case when ${follows(at, before)} then c.${ident(at)} else greatest(${now}, c.${ident(before)}) end`;

const sameKey = (key: readonly string[], a: Sql, b: Sql): Sql =>
  joinSql(
    key.map((k) => sql`${a}.${ident(k)} = ${b}.${ident(k)}`),
    sql` and `,
  );

const columnsFrom = (names: readonly string[], row: Sql): Sql =>
  joinSql(
    names.map((n) => sql`${row}.${ident(n)}`),
    sql`, `,
  );

const typeOf = ({ type }: ColumnShape): Sql => authored(type, undefined);

const nothing = (column: ColumnShape): Sql => sql`null::${typeOf(column)}`;
