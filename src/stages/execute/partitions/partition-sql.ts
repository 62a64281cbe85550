/** The statements of a partitioned table: its key, its partitions, and the question which of them the rows need. */

import type { RelationName } from "../../../domain/names.ts";
import type {
  DeclaredPartition,
  Granularity,
  Partitioning,
  PartitionKey,
  PartitionValue,
} from "../../../domain/partitioning.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { loggingSql, type Storage, storageSql, tablespaceSql } from "../../../domain/storage.ts";
import { unreachable } from "../../../domain/unreachable.ts";

export type Partition = { readonly name: string; readonly bound: Sql };

/** The parent holds no rows, so that only its partitions are told how to keep them. */
export const createParent = (
  table: RelationName,
  like: RelationName,
  { strategy, keys }: Partitioning,
  { tablespace }: Storage,
): Sql =>
  sql`create table ${relation(table)} (like ${relation(like)}) partition by ${authored(strategy, undefined)} (${joinSql(keys.map(expressionOf), sql`, `)})${tablespaceSql(tablespace)}`;

export const createPartition = (table: RelationName, { name, bound }: Partition, storage: Storage): Sql =>
  sql`create ${loggingSql(storage)}table ${relation({ schema: table.schema, name })} partition of ${relation(table)} ${bound}${storageSql(storage)}`;

export const DEFAULT_BOUND = sql`default`;

export const rangeBound = (from: PartitionValue, to: PartitionValue): Sql =>
  sql`for values from (${rangeEnd(from)}) to (${rangeEnd(to)})`;

const rangeEnd = (value: PartitionValue): Sql =>
  typeof value === "string" && /^(min|max)value$/i.test(value) ? authored(value, undefined) : literal(value);

export const listBound = (values: readonly PartitionValue[]): Sql =>
  sql`for values in (${joinSql(values.map(literal), sql`, `)})`;

export const hashBound = (modulus: number, remainder: number): Sql =>
  sql`for values with (modulus ${literal(modulus)}, remainder ${literal(remainder)})`;

export const declaredBound = ({ bound }: DeclaredPartition): Sql => {
  switch (bound.kind) {
    case "range":
      return rangeBound(bound.from, bound.to);
    case "list":
      return listBound(bound.values);
    case "default":
      return DEFAULT_BOUND;
    default:
      return unreachable(bound);
  }
};

const expressionOf = (key: PartitionKey): Sql =>
  key.kind === "column"
    ? authoredIdent(key)
    : sql`(\n${authored(key.text.value, { span: key.text.span, calledFrom: [] })}\n)`;

/** Quoted, and still at its place in the property file. */
const authoredIdent = ({ name }: Extract<PartitionKey, { kind: "column" }>): Sql => {
  const [quoted] = ident(name.value).pieces;
  return authored(quoted?.text ?? "", { span: name.span, calledFrom: [] });
};

/** What one key is made of: `type` as PostgreSQL names it, `category` N for numbers and D for days and times. */
export const keyType = (rows: RelationName, key: PartitionKey): Sql =>
  sql`select t.oid::regtype::text as type, t.typcategory as category from (select pg_typeof(${expressionOf(key)}) as id from ${relation(rows)} limit 1) k join pg_type t on t.oid = k.id`;

const STRETCH: Readonly<Record<Granularity, { readonly length: string; readonly format: string }>> = {
  hour: { length: "1 hour", format: '"p"YYYY_MM_DD_HH24' },
  day: { length: "1 day", format: '"p"YYYY_MM_DD' },
  week: { length: "7 days", format: '"p"IYYY_"w"IW' },
  month: { length: "1 month", format: '"p"YYYY_MM' },
  quarter: { length: "3 months", format: '"p"YYYY_"q"Q' },
  year: { length: "1 year", format: '"p"YYYY' },
};

/** `name`, `low`, `high` of each stretch; a row without `low` where some row fits no stretch. In UTC, which is set before. */
export const stretchesOfTime = (rows: RelationName, key: PartitionKey, unit: Granularity): Sql => {
  const { length, format } = STRETCH[unit];
  const at = sql`(${expressionOf(key)})::timestamp`;
  return sql`select to_char(low, ${literal(format)}) as name, low::text as low, (low + ${literal(length)}::interval)::text as high
from (select distinct case when isfinite(${at}) then date_trunc(${literal(unit)}, ${at}) end as low from ${relation(rows)}) as stretches order by stretches.low`;
};

export const stretchesOfNumbers = (rows: RelationName, key: PartitionKey, size: number): Sql => {
  const number = sql`(${expressionOf(key)})::numeric`;
  const step = literal(size);
  return sql`select low::text as low, (low + ${step})::text as high
from (select distinct case when ${number} not in ('NaN', 'Infinity', '-Infinity') then floor(${number} / ${step}) * ${step} end as low from ${relation(rows)}) as stretches order by stretches.low`;
};

/** NULL is a value too. */
export const valuesOf = (rows: RelationName, key: PartitionKey): Sql =>
  sql`select key::text as value from (select distinct ${expressionOf(key)} as key from ${relation(rows)}) as found order by found.key::text collate "C"`;
