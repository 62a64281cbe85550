/** The statements of one step, from the file's rows to the target table; each may be narrowed to a stretch of lines. */
import type { Located } from "../../domain/source.ts";
import { authored, ident, idents, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import {
  type BoundStep,
  columnNames,
  keptTable,
  keyNames,
  LINE,
  mappedTable,
  REJECTS,
  STAGING,
} from "./work-tables.ts";

/** On lines of its own, so that a trailing comment of the author's swallows nothing of ours. */
export const expression = ({ value, span }: Located<string>): Sql =>
  sql`(
${authored(value, { span, calledFrom: [] })}
)`;

/** `offset 0` is a fence: what the author wrote is not evaluated on rows that are refused already. */
const goodRows = (lines: Sql): Sql => sql`(
select * from ${STAGING} s
where s.${LINE} between ${lines} and s.galley_reason is null
  and not exists (select from ${REJECTS} r where r.${LINE} = s.${LINE})
offset 0) f`;

const whereOf = ({ step }: BoundStep): Sql =>
  step.where === undefined ? sql`` : sql` where ${expression(step.where)}`;

/** Rows that the step's `reject` names. */
export const rejectRows = (bound: BoundStep, lines: Sql): Sql | undefined => {
  const { reject } = bound.step;
  if (reject.length === 0) return undefined;
  const cases = reject.map(({ reason, condition }) => sql`when ${expression(condition)} then ${literal(reason)}`);
  return sql`insert into ${REJECTS} (${LINE}, galley_step, galley_kind, galley_reason)
select ${LINE}, ${literal(bound.index)}, 'before', galley_why
from (select f.${LINE}, case ${joinSql(cases, sql` `)} end as galley_why from ${goodRows(lines)}${whereOf(bound)} offset 0) x
where galley_why is not null`;
};

export const mapRows = (bound: BoundStep, lines: Sql): Sql =>
  sql`insert into ${mappedTable(bound)} (${LINE}, ${idents(columnNames(bound))})
select f.${LINE}, ${joinSql(
    bound.step.columns.map((c) => expression(c.expression)),
    sql`, `,
  )} from ${goodRows(lines)}${whereOf(bound)}`;

/** One column of one row, to learn which column a failure is about. */
export const mapOneColumn = (bound: BoundStep, column: string, written: Located<string>, line: Sql): Sql =>
  sql`insert into ${mappedTable(bound)} (${LINE}, ${ident(column)})
select f.${LINE}, ${expression(written)} from ${STAGING} f where f.${LINE} = ${line}`;

/** A NULL where the table allows none, or in the key: a row that could never be found again. */
export const rejectNulls = (bound: BoundStep): Sql => {
  const keys = new Set(keyNames(bound));
  const required = bound.step.columns.filter(
    ({ name }) => keys.has(name.value) || bound.table.columns.get(name.value)?.isNotNull === true,
  );
  const cases = required.map(({ name, expression: written }) => {
    const found = /\bselect\b/i.test(written.value) ? "its lookup found nothing" : "it may not be";
    return sql`when m.${ident(name.value)} is null then ${literal(`${name.value} is null: ${found}`)}`;
  });
  const isNull = required.map(({ name }) => sql`m.${ident(name.value)} is null`);
  return sql`insert into ${REJECTS} (${LINE}, galley_step, galley_kind, galley_reason)
select m.${LINE}, ${literal(bound.index)}, 'before', case ${joinSql(cases, sql` `)} end
from ${mappedTable(bound)} m where ${joinSql(isNull, sql` or `)};
delete from ${mappedTable(bound)} m using ${REJECTS} r where r.${LINE} = m.${LINE};
analyze ${mappedTable(bound)} (${idents(keyNames(bound))})`;
};

/** One row for all that are mapped alike. */
export const mergeRows = (bound: BoundStep): Sql => {
  const names = columnNames(bound);
  const merged = names.map((name) =>
    isComparable(bound, name) ? ident(name) : sql`(array_agg(${ident(name)} order by ${LINE}))[1]`,
  );
  return sql`insert into ${keptTable(bound)} (${LINE}, ${idents(names)})
select min(${LINE}), ${joinSql(merged, sql`, `)} from ${mappedTable(bound)}
group by ${joinSql(
    names.map((name) => comparable(bound, name)),
    sql`, `,
  )}`;
};

/** Of rows of one key that differ, the first stays. */
export const rejectConflicts = (bound: BoundStep): Sql => {
  const keys = keyNames(bound);
  const others = columnNames(bound).filter((name) => !keys.includes(name));
  const differing = others.map(
    (name) =>
      sql`case when ${comparable(bound, name, "a")} is distinct from ${comparable(bound, name, "b")} then ${literal(name)} end`,
  );
  const sameRow = others.map(
    (name) => sql` and ${comparable(bound, name, "m")} is not distinct from ${comparable(bound, name, "b")}`,
  );
  return others.length === 0
    ? sql`select`
    : sql`with twice as (select ${idents(keys)}, min(${LINE}) as galley_first from ${keptTable(bound)} group by ${idents(keys)} having count(*) > 1)
insert into ${REJECTS} (${LINE}, galley_step, galley_kind, galley_reason)
select m.${LINE}, ${literal(bound.index)}, 'conflict',
  'line ' || t.galley_first || ' has the same key (' || ${literal(keys.join(", "))} || ') and differs in ' || concat_ws(', ', ${joinSql(differing, sql`, `)})
from twice t
join ${keptTable(bound)} a on a.${LINE} = t.galley_first
join ${keptTable(bound)} b on ${same(keys, "b", "t")} and b.${LINE} <> t.galley_first
join ${mappedTable(bound)} m on ${same(keys, "m", "b")}${joinSql(sameRow, sql``)};
delete from ${keptTable(bound)} k using ${REJECTS} r where r.${LINE} = k.${LINE}`;
};

/** What the table says already is not written; the rest is counted as it is found. */
export const dropUnchanged = (bound: BoundStep): Sql => {
  const keys = keyNames(bound);
  const sameValues = updated(bound).map(
    (name) => sql` and ${comparable(bound, name, "t")} is not distinct from ${comparable(bound, name, "k")}`,
  );
  return sql`create index on ${keptTable(bound)} (${LINE}); analyze ${keptTable(bound)} (${LINE}, ${idents(keyNames(bound))});
delete from ${keptTable(bound)} k using ${relation(bound.step.into)} t where ${same(keys, "t", "k")}${joinSql(sameValues, sql``)};
select count(*) from ${keptTable(bound)} k where exists (select from ${relation(bound.step.into)} t where ${same(keys, "t", "k")})`;
};

export const writeRows = (bound: BoundStep, lines: Sql): Sql => {
  const names = columnNames(bound);
  const changed = updated(bound);
  const differs = changed.map(
    (name) => sql`${comparable(bound, name, "t")} is distinct from ${comparable(bound, name, "excluded")}`,
  );
  const then =
    changed.length === 0
      ? sql`nothing`
      : sql`update set ${joinSql(
          changed.map((name) => sql`${ident(name)} = excluded.${ident(name)}`),
          sql`, `,
        )} where ${joinSql(differs, sql` or `)}`;
  return sql`insert into ${relation(bound.step.into)} as t (${idents(names)})
select ${joinSql(
    names.map((name) => sql`k.${ident(name)}`),
    sql`, `,
  )} from ${keptTable(bound)} k where k.${LINE} between ${lines} order by k.${LINE}
on conflict (${idents(keyNames(bound))}) do ${then}`;
};

/** Lines that were merged with one that the table refused are refused with it. */
export const rejectMerged = (bound: BoundStep): Sql =>
  sql`insert into ${REJECTS} (${LINE}, galley_step, galley_kind, galley_reason)
select m.${LINE}, r.galley_step, r.galley_kind, r.galley_reason
from ${REJECTS} r
join ${keptTable(bound)} k on k.${LINE} = r.${LINE}
join ${mappedTable(bound)} m on ${same(keyNames(bound), "m", "k")}
where r.galley_step = ${literal(bound.index)} and r.galley_kind = 'written'
on conflict do nothing`;

const updated = (bound: BoundStep): readonly string[] => {
  const keys = keyNames(bound);
  return bound.step.update?.map((u) => u.value) ?? columnNames(bound).filter((name) => !keys.includes(name));
};

const same = (names: readonly string[], a: string, b: string): Sql =>
  joinSql(
    names.map((name) => sql`${ident(a)}.${ident(name)} = ${ident(b)}.${ident(name)}`),
    sql` and `,
  );

const isComparable = (bound: BoundStep, name: string): boolean => bound.table.columns.get(name)?.isComparable ?? true;

const comparable = (bound: BoundStep, name: string, alias?: string): Sql => {
  const column = alias === undefined ? ident(name) : sql`${ident(alias)}.${ident(name)}`;
  return isComparable(bound, name) ? column : sql`${column}::text`;
};
