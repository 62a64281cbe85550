/** The statements of an incremental model's new rows: their table, the view on all rows as they will be, and how they are applied. */
import { within } from "../../../domain/batch.ts";
import { type DeltaStep, spanOf } from "../../../domain/build-steps.ts";
import { authored, ident, idents, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import type { ColumnChange, DeltaColumn, TableColumn } from "./columns.ts";

/** dbt's names for the two sides: authors write them in predicates. */
const DEST = ident("dbt_internal_dest");
const SOURCE = ident("dbt_internal_source");

const AND = sql` and `;

/** Of live and of the new rows the columns: what statements on both need to know. */
export type Sides = {
  readonly live: readonly TableColumn[];
  readonly delta: readonly Pick<TableColumn, "name" | "type">[];
};

const sameKey = ({ key }: DeltaStep): Sql =>
  joinSql(
    key.map((c) => sql`${SOURCE}.${ident(c)} = ${DEST}.${ident(c)}`),
    AND,
  );

const predicatesOf = ({ predicates }: DeltaStep): Sql =>
  joinSql(
    predicates.map((p) => sql`(\n${p}\n)`),
    AND,
  );

/** MERGE sees both sides in its condition, a DELETE only live. */
const mergeCondition = (step: DeltaStep): Sql =>
  step.predicates.length === 0 ? sameKey(step) : sql`${sameKey(step)} and ${predicatesOf(step)}`;

const hasNewRow = (step: DeltaStep, condition = sameKey(step)): Sql =>
  sql`exists (select from ${relation(step.delta)} as ${SOURCE} where ${condition})`;

/** Which live rows are replaced, over `live as dbt_internal_dest`. */
const isReplaced = (step: DeltaStep): Sql => {
  if (step.batches !== undefined) {
    const span = spanOf(step.batches);
    return span === undefined ? sql`false` : sql`(${within(sql`${DEST}.${ident(step.batches.eventTime)}`, span)})`;
  }
  if (step.strategy === "merge") return hasNewRow(step, mergeCondition(step));
  return step.predicates.length === 0 ? hasNewRow(step) : sql`(${hasNewRow(step)} and ${predicatesOf(step)})`;
};

const replacesNothing = ({ key, batches }: DeltaStep): boolean => key.length === 0 && batches === undefined;

export const describeDelta = ({ delta, query }: DeltaStep): Sql => sql`create view ${relation(delta)} as\n${query}`;

const isKept = ({ updated, key }: DeltaStep, { name, from }: DeltaColumn): boolean => {
  if (from === "live") return true;
  if (key.includes(name) || updated.kind === "all") return false;
  return updated.kind === "only" ? !updated.columns.includes(name) : updated.columns.includes(name);
};

/** What a row that stands keeps of its own is read from it, so that the overlay shows what publish will make. */
export const createDelta = (step: DeltaStep, columns: readonly DeltaColumn[], live: readonly TableColumn[]): Sql => {
  const target = sql`create table ${relation(step.delta)} as\nselect `;
  const given = sql`(\n${step.query}\n) as ${SOURCE}`;
  const [firstKey] = step.key;
  const updates = step.strategy === "upsert" || step.strategy === "merge";
  if (firstKey === undefined || !updates || !columns.some((c) => isKept(step, c))) {
    const values = columns.map((c) =>
      c.from === "query" ? ident(c.name) : sql`null::${typeSql(c.type)} as ${ident(c.name)}`,
    );
    // Batch by batch its rows come later.
    return sql`${target}${joinSql(values, sql`, `)} from ${given}${step.batches === undefined ? sql`` : sql` limit 0`}`;
  }
  const isLive = new Set(live.map((c) => c.name));
  const values = columns.map((c) => {
    const name = ident(c.name);
    if (!isKept(step, c) || !isLive.has(c.name)) return sql`${SOURCE}.${name}`;
    if (c.from === "live") return sql`${DEST}.${name}`;
    return sql`case when ${DEST}.${ident(firstKey)} is null then ${SOURCE}.${name} else ${DEST}.${name}::${typeSql(c.type)} end as ${name}`;
  });
  return sql`${target}${joinSql(values, sql`, `)} from ${given} left join ${relation(step.live)} as ${DEST} on ${mergeCondition(step)}`;
};

/** A type as the server printed it. */
const typeSql = (type: string): Sql => authored(type, undefined);

/** To the query of a microbatch model, before its columns are known, its own rows are those of live. */
export const createStandIn = ({ overlay, live }: DeltaStep): Sql =>
  sql`create view ${relation(overlay)} as select * from ${relation(live)}`;

/** Live as it will be: a row stands that no new one replaces, and the new ones come to it. */
export const createOverlay = (step: DeltaStep, { live, delta }: Sides): Sql => {
  const isInDelta = new Map(delta.map((c) => [c.name, c.type]));
  const isInLive = new Map(live.map((c) => [c.name, c.type]));
  const shown = [
    ...live.filter((c) => isInDelta.has(c.name) || c.isFilled),
    ...delta.filter((c) => !isInLive.has(c.name)),
  ];
  const ofLive = shown.map(({ name }) => {
    const type = isInDelta.get(name) ?? isInLive.get(name) ?? "";
    const column = isInLive.has(name) ? sql`${DEST}.${ident(name)}` : sql`null`;
    return isInLive.get(name) === type ? column : sql`${column}::${typeSql(type)} as ${ident(name)}`;
  });
  const ofDelta = shown.map((column) => {
    const { name } = column;
    if (isInDelta.has(name)) return sql`${SOURCE}.${ident(name)}`;
    const expression = live.find((c) => c.name === column.name)?.expression;
    return sql`${expression === undefined ? sql`null` : sql`(${typeSql(expression)})`}::${typeSql(isInLive.get(name) ?? "")}`;
  });
  const stays = replacesNothing(step) ? sql`` : sql` where (${isReplaced(step)}) is not true`;
  const plain = step.key.length > 0 && step.predicates.length === 0 ? sql` where not ${hasNewRow(step)}` : stays;
  return sql`create view ${relation(step.overlay)} as
select ${joinSql(ofLive, sql`, `)} from ${relation(step.live)} as ${DEST}${plain}
union all
select ${joinSql(ofDelta, sql`, `)} from ${relation(step.delta)} as ${SOURCE}`;
};

/** How many rows are new, and how many live ones they replace. */
export const countDelta = (step: DeltaStep): Sql =>
  sql`select (select count(*) from ${relation(step.delta)}) as rows, ${countReplaced(step)} as replaced`;

/** MERGE finds a column ambiguous that a predicate does not qualify: a join says so already at the build. */
const countReplaced = (step: DeltaStep): Sql => {
  const live = sql`${relation(step.live)} as ${DEST}`;
  if (replacesNothing(step)) return sql`0`;
  return step.strategy === "merge"
    ? sql`(select count(*) from ${live} join ${relation(step.delta)} as ${SOURCE} on ${mergeCondition(step)})`
    : sql`(select count(*) from ${live} where ${isReplaced(step)})`;
};

export const alterLive = ({ live }: DeltaStep, changes: readonly ColumnChange[]): Sql | undefined => {
  if (changes.length === 0) return undefined;
  const actions = changes.map((change): Sql => {
    const name = ident(change.column.name);
    const type = typeSql(change.column.type);
    switch (change.kind) {
      case "new":
        return sql`add column ${name} ${type}`;
      case "gone":
        return sql`drop column ${name}`;
      case "type":
        return sql`alter column ${name} type ${type} using ${name}::${type}`;
      default:
        return unreachable(change);
    }
  });
  return sql`alter table ${relation(live)} ${joinSql(actions, sql`, `)}`;
};

/**
 * The statements that bring the new rows in, by their columns and never by `*`. A row that would not change is left
 * alone: `*<>` compares what is stored, of whatever type, and spares a dead row and its index entries.
 */
export const applyDelta = (step: DeltaStep, columns: readonly string[]): readonly Sql[] => {
  const live = relation(step.live);
  const names = idents(columns);
  const from = joinSql(
    columns.map((c) => sql`${SOURCE}.${ident(c)}`),
    sql`, `,
  );
  const insert = sql`insert into ${live} as ${DEST} (${names}) select ${from} from ${relation(step.delta)} as ${SOURCE}`;
  const set = columns.filter((c) => !isKept(step, { name: c, type: "", from: "query" }) && !step.key.includes(c));
  const setFrom = (side: Sql): Sql =>
    joinSql(
      set.map((c) => sql`${ident(c)} = ${side}.${ident(c)}`),
      sql`, `,
    );
  const isChanged = (side: Sql): Sql =>
    sql`row(${sideColumns(DEST, set)})::record *<> row(${sideColumns(side, set)})::record`;
  switch (step.strategy) {
    case "append":
      return [insert];
    case "delete_insert":
    case "microbatch":
      return [sql`delete from ${live} as ${DEST} where ${isReplaced(step)}`, insert];
    case "upsert": {
      const excluded = sql`excluded`;
      const update = sql`do update set ${setFrom(excluded)} where ${isChanged(excluded)}`;
      return [sql`${insert} on conflict (${idents(step.key)}) ${set.length === 0 ? sql`do nothing` : update}`];
    }
    case "history":
      return [
        sql`update ${live} as ${DEST} set ${setFrom(SOURCE)} from ${relation(step.delta)} as ${SOURCE} where ${sameKey(step)}`,
        sql`${insert} where not exists (select from ${live} as ${DEST} where ${sameKey(step)})`,
      ];
    case "merge": {
      const update = sql`when matched and ${isChanged(SOURCE)} then update set ${setFrom(SOURCE)}`;
      return [
        sql`merge into ${live} as ${DEST} using ${relation(step.delta)} as ${SOURCE} on ${mergeCondition(step)}
${set.length === 0 ? sql`` : update} when not matched then insert (${names}) values (${from})`,
      ];
    }
    default:
      return unreachable(step.strategy);
  }
};

const sideColumns = (side: Sql, columns: readonly string[]): Sql =>
  joinSql(
    columns.map((c) => sql`${side}.${ident(c)}`),
    sql`, `,
  );
