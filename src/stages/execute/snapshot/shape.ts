/** What a snapshot's versions are made of, read from the database: the columns watched, and those of the history. */

import type { SnapshotStep } from "../../../domain/build-steps.ts";
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";

/** `type` as the server writes it, with its modifiers. */
export type ColumnShape = { readonly name: string; readonly type: string };

export type SnapshotShape = {
  readonly watched: readonly ColumnShape[];
  /** All columns of what stands on live, dbt's own among them; undefined where there is none yet. */
  readonly history: readonly ColumnShape[] | undefined;
  /** The columns of each unique index that keeps a key to one version that holds. */
  readonly currentKeys: readonly (readonly string[])[];
  /** A unique index stands on the versions' ids. */
  readonly areIdsUnique: boolean;
};

/** Within the transaction of the snapshot's data: the server describes a query best as a view, which goes again. */
export const readShape = async (
  session: Session,
  { query, later, config }: SnapshotStep,
  delta: RelationName,
): Promise<SnapshotShape> => {
  await session.step(sql`create view ${relation(delta)} as\n${query}`);
  const described = await session.step(sql`${columnsOf(delta)}; drop view ${relation(delta)}`);
  const watched = described[0]?.rows.map(shapeOf) ?? [];
  if (later === undefined) return { watched, history: undefined, currentKeys: [], areIdsUnique: true };
  const results = await session.step(sql`${columnsOf(later.live)}; ${uniqueIndexes(later.live)}`);
  const indexes = (results[1]?.rows ?? []).map((row) => ({
    columns: JSON.parse(row["columns"] ?? "[]") as readonly string[],
    predicate: row["predicate"] ?? undefined,
  }));
  const { scdId, validTo } = config.columnNames;
  return {
    watched,
    history: results[0]?.rows.map(shapeOf) ?? [],
    currentKeys: indexes.flatMap(({ columns, predicate }) => keyOf(columns, predicate, validTo) ?? []),
    areIdsUnique: indexes.some((i) => i.predicate === undefined && i.columns.length === 1 && i.columns[0] === scdId),
  };
};

const shapeOf = (row: Readonly<Record<string, string | null>>): ColumnShape => ({
  name: row["name"] ?? "",
  type: row["type"] ?? "",
});

const oidOf = (name: RelationName): Sql => sql`${literal(textOf(relation(name)))}::regclass`;

const columnsOf = (name: RelationName): Sql =>
  sql`select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = ${oidOf(name)} and attnum > 0 and not attisdropped order by attnum`;

const uniqueIndexes = (name: RelationName): Sql => sql`
select pg_get_expr(i.indpred, i.indrelid) as predicate,
  (select json_agg(a.attname order by k.n) from unnest(i.indkey::int2[]) with ordinality as k (attnum, n) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum where k.n <= i.indnkeyatts) as columns
from pg_index i where i.indrelid = ${oidOf(name)} and i.indisunique and i.indisvalid and i.indexprs is null`;

/** `(key) where valid_to is null`, or `(key, valid_to)`; another index says nothing of the key. */
const keyOf = (
  columns: readonly string[],
  predicate: string | undefined,
  validTo: string,
): readonly (readonly string[])[] | undefined => {
  if (predicate !== undefined) return predicate.replaceAll('"', "") === `(${validTo} IS NULL)` ? [columns] : undefined;
  return columns.length > 1 && columns.at(-1) === validTo ? [columns.slice(0, -1)] : undefined;
};
