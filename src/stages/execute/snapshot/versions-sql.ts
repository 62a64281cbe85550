/**
 * The SQL of versions. All rows at first; then, in a delta, the versions that begin and the ends of those that they
 * replace. What dbt makes of the same rows has the same ids and times, so that a table of dbt's can be gone on with.
 *
 * One rule departs from dbt: a version never begins before the one that it follows has ended. Where the time that a row
 * carries is older than that (a row that was gone and is back, a change that did not touch `updated_at`), it is the
 * run's time that counts.
 */
import type { RelationName } from "../../../domain/names.ts";
import type { SnapshotStep } from "../../../domain/plan.ts";
import { authored, ident, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { ColumnShape } from "./shape.ts";

/** A column of the delta: `insert` on a version that begins, `close` on the end of one that stands. */
export const CHANGE = "galley change";
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

export const changedVersions = (step: SnapshotStep, live: RelationName, shapes: Shapes, into: RelationName): Sql => {
  const { query, config } = step;
  const names = config.columnNames;
  const timed = timesIn(step, shapes);
  const key = config.uniqueKey;
  const isNewRecord = config.hardDeletes === "new_record";
  const gone = sql`select o.* from current_versions as o
  where not exists (select from watched as w where ${sameKey(key, sql`w`, sql`o`)})${isNewRecord ? sql` and o.${ident(names.isDeleted)} is distinct from 'True'` : sql``}`;
  const goneAt = sql`greatest(${timed.now}, o.${ident(names.validFrom)})`;
  const own = (values: Readonly<Record<"id" | "updated" | "from" | "to" | "deleted", Sql>>): Sql =>
    joinSql(
      [
        sql`${values.id}::text as ${ident(names.scdId)}`,
        sql`${values.updated} as ${ident(names.updatedAt)}`,
        sql`${values.from} as ${ident(names.validFrom)}`,
        sql`${values.to} as ${ident(names.validTo)}`,
        ...(isNewRecord ? [sql`${values.deleted}::text as ${ident(names.isDeleted)}`] : []),
      ],
      sql`, `,
    );
  const close = (id: Sql, to: Sql, from: Sql): Sql =>
    sql`select 'close'::text, ${nothings(shapes.watched)}, ${own({ id, updated: timed.nothing, from: timed.nothing, to, deleted: sql`null` })} from ${from}`;
  const inHistory = new Set(shapes.history.map((c) => c.name));
  const parts = [
    sql`select 'insert'::text as ${ident(CHANGE)}, ${columnsFrom(shapes.watched, sql`c`)}, ${own({
      id: sql`c.${ident(names.scdId)}`,
      updated: sql`c.${ident(names.updatedAt)}`,
      from: sql`c.${ident(names.validFrom)}`,
      to: timed.openEnd,
      deleted: sql`'False'`,
    })} from changed as c`,
    close(
      sql`c.${ident(ENDS)}`,
      sql`c.${ident(names.validFrom)}`,
      sql`changed as c where c.${ident(ENDS)} is not null`,
    ),
    ...(config.hardDeletes === "ignore" ? [] : [close(sql`o.${ident(names.scdId)}`, goneAt, sql`gone as o`)]),
    ...(isNewRecord
      ? [
          sql`select 'insert'::text, ${joinSql(
            shapes.watched.map((c) => (inHistory.has(c.name) ? sql`o.${ident(c.name)}` : nothing(c))),
            sql`, `,
          )}, ${own({
            id: idOf([sql`o.${ident(names.scdId)}`, timed.now]),
            updated: timed.now,
            from: goneAt,
            to: timed.openEnd,
            deleted: sql`'True'`,
          })} from gone as o`,
        ]
      : []),
  ];
  return sql`create table ${relation(into)} as
with watched as materialized (\n${query}\n),
current_versions as (
  select * from ${relation(live)} as h where ${timed.isOpen(sql`h`)}
),
ended_versions as (
  select ${columnNames(key, sql`h`)}, max(h.${ident(names.validTo)}) as ${ident(names.validTo)} from ${relation(live)} as h
  where not (${timed.isOpen(sql`h`)}) group by ${columnNames(key, sql`h`)}
),
compared as (
  select ${columnsFrom(shapes.watched, sql`w`)}, o.${ident(names.scdId)} as ${ident(ENDS)},
    ${timed.at(sql`w`)} as ${ident(names.updatedAt)}, coalesce(o.${ident(names.validFrom)}, e.${ident(names.validTo)}) as ${ident(names.validTo)}
  from watched as w
  left join current_versions as o on ${sameKey(key, sql`o`, sql`w`)}
  left join ended_versions as e on o.${ident(names.scdId)} is null and ${sameKey(key, sql`e`, sql`w`)}
  where o.${ident(names.scdId)} is null or ${isNewRecord ? sql`o.${ident(names.isDeleted)} = 'True' or ` : sql``}${isChanged(step, shapes, timed)}
),
changed as (
  select c.*, ${beginning(names.updatedAt, names.validTo, timed.now)} as ${ident(names.validFrom)},
    case when ${follows(names.updatedAt, names.validTo)} then ${idOf([...key.map((k) => sql`c.${ident(k)}`), sql`c.${ident(names.updatedAt)}`])}
      else ${idOf([...key.map((k) => sql`c.${ident(k)}`), sql`c.${ident(names.updatedAt)}`, timed.now])} end as ${ident(names.scdId)}
  from compared as c
)${config.hardDeletes === "ignore" ? sql`` : sql`,\ngone as (\n  ${gone}\n)`}
${joinSql(parts, sql`\nunion all\n`)}`;
};

/** Downstream nodes and tests see the history as it will stand after publish. */
export const overlay = (
  { config }: SnapshotStep,
  live: RelationName,
  shapes: Shapes,
  delta: RelationName,
  into: RelationName,
): Sql => {
  const { scdId, validTo } = config.columnNames;
  const added = addedColumns(shapes, config.columnNames);
  const inDelta = new Set([...shapes.watched.map((c) => c.name), ...ownColumns(config)]);
  const old = shapes.history.map((c) =>
    c.name === validTo
      ? sql`coalesce(c.${ident(validTo)}, h.${ident(validTo)}) as ${ident(validTo)}`
      : sql`h.${ident(c.name)}`,
  );
  const fresh = shapes.history.map((c) => (inDelta.has(c.name) ? sql`d.${ident(c.name)}` : nothing(c)));
  return sql`create view ${relation(into)} as
select ${joinSql([...old, ...added.map((c) => sql`${nothing(c)} as ${ident(c.name)}`)], sql`, `)}
from ${relation(live)} as h left join ${relation(delta)} as c on c.${ident(CHANGE)} = 'close' and c.${ident(scdId)} = h.${ident(scdId)}
union all
select ${joinSql([...fresh, ...added.map((c) => sql`d.${ident(c.name)}`)], sql`, `)} from ${relation(delta)} as d where d.${ident(CHANGE)} = 'insert'`;
};

/** Watched now, and not when the history began. */
const addedColumns = (
  { watched, history }: Shapes,
  names: SnapshotStep["config"]["columnNames"],
): readonly ColumnShape[] => {
  const own = new Set<string>(Object.values(names));
  const known = new Set(history.map((c) => c.name));
  return watched.filter((c) => !known.has(c.name) && !own.has(c.name));
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
  readonly nothing: Sql;
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
    nothing: sql`null::${type}`,
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

const columnNames = (names: readonly string[], row: Sql): Sql =>
  joinSql(
    names.map((n) => sql`${row}.${ident(n)}`),
    sql`, `,
  );

const columnsFrom = (columns: readonly ColumnShape[], row: Sql): Sql =>
  columnNames(
    columns.map((c) => c.name),
    row,
  );

const nothing = ({ type }: ColumnShape): Sql => sql`null::${authored(type, undefined)}`;

const nothings = (columns: readonly ColumnShape[]): Sql => joinSql(columns.map(nothing), sql`, `);
