/** What the catalog says of relations, as far as it changes how their tests are asked. */
import type { Session } from "../../domain/contracts/database.ts";
import type { RelationName } from "../../domain/names.ts";
import { joinSql, literal, relation, sql, textArray, textOf } from "../../domain/sql.ts";
import { isBig, type RelationFacts } from "../../domain/test-facts.ts";
import {
  type FactsAsked,
  type Found,
  type FoundColumn,
  type FoundForeignKey,
  type FoundIndex,
  type FoundRelation,
  factsQuery,
  type Listed,
  type OfRelation,
} from "./facts-query.ts";

export type FactsWanted = FactsAsked & {
  /** Of relations, as SQL has them: `"shop"."orders"`. Those that are written otherwise are in no catalog. */
  readonly names: readonly string[];
  /** Columns of which it is worth knowing if they have few values. */
  readonly dear: readonly string[];
};

export const relationFacts = async (
  session: Session,
  wanted: FactsWanted,
): Promise<ReadonlyMap<string, RelationFacts>> => {
  const names = new Set(wanted.names);
  const parts = [...names].flatMap(partsOf);
  const [row] = parts.length === 0 ? [] : await session.rows(factsQuery(parts, wanted));
  const found = JSON.parse(row?.["facts"] ?? "{}") as Partial<Found>;
  const relations = rowsIn(found.relations).filter((one) => names.has(keyOf(one)));
  const fewValues = await fewValuesIn(session, relations, wanted.dear);
  const columns = byRelation(rowsIn(found.columns));
  const unique = byRelation(rowsIn(found.unique));
  const foreignKeys = byRelation(rowsIn(found.foreign_keys));
  const checks = byRelation(rowsIn(found.checks));
  const facts = new Map<string, RelationFacts>();
  for (const one of relations) {
    const { oid } = one;
    const own = columns.get(oid) ?? NOTHING;
    facts.set(keyOf(one), {
      bytes: one.bytes ?? undefined,
      rows: one.rows ?? undefined,
      columns: typesOf(own),
      fewValues: fewValues.get(oid) ?? NO_NAMES,
      notNull: notNullOf(own),
      unique: unique.get(oid)?.flatMap((index) => uniqueIn(index, own)) ?? NOTHING,
      foreignKeys: foreignKeys.get(oid)?.map(keyIn) ?? NOTHING,
      checks: checks.get(oid) ?? NOTHING,
    });
  }
  return facts;
};

const NOTHING: readonly never[] = [];
const NO_NAMES: ReadonlySet<string> = new Set();

const rowsIn = <T extends OfRelation>(listed: Listed<T> | undefined): readonly T[] => {
  if (listed === undefined || listed === null) return NOTHING;
  const fields = Object.keys(listed) as (keyof T)[];
  return (listed.oid ?? NOTHING).map((_, i) => {
    const row: Partial<T> = {};
    for (const field of fields) row[field] = listed[field]?.[i] as T[typeof field];
    return row as T;
  });
};

const keyOf = ({ schema, name }: RelationName): string => textOf(relation({ schema, name }));

const byRelation = <T extends OfRelation>(all: readonly T[]): ReadonlyMap<string, readonly T[]> => {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const together = found.get(one.oid);
    if (together === undefined) found.set(one.oid, [one]);
    else together.push(one);
  }
  return found;
};

/** `"shop"."orders"`, taken apart. */
const partsOf = (text: string): readonly RelationName[] => {
  const [, schema, name] = QUALIFIED.exec(text) ?? [];
  return schema === undefined || name === undefined ? [] : [{ schema: bare(schema), name: bare(name) }];
};

const QUALIFIED = /^"((?:[^"]|"")+)"\."((?:[^"]|"")+)"$/;

const bare = (quoted: string): string => quoted.replaceAll('""', '"');

const typesOf = (columns: readonly FoundColumn[]): ReadonlyMap<string, string> => {
  const types = new Map<string, string>();
  for (const { name, type } of columns) types.set(name, type);
  return types;
};

const notNullOf = (columns: readonly FoundColumn[]): RelationFacts["notNull"] => {
  const known = new Map<string, undefined>();
  for (const column of columns) if (column.is_not_null) known.set(column.name, undefined);
  return known;
};

/** An index over columns that no test names proves nothing; one in another collation calls other texts the same. */
const uniqueIn = (index: FoundIndex, columns: readonly FoundColumn[]): RelationFacts["unique"] => {
  const collations = index.collations.split(" ");
  const names = index.numbers
    .split(" ")
    .slice(0, index.width)
    .map((number, i) => columns.find((c) => String(c.number) === number && c.collation === collations[i])?.name ?? "");
  if (names.includes("")) return [];
  return [{ name: index.name, columns: names, isConstraint: index.is_constraint, nullsEqual: index.nulls_equal }];
};

const keyIn = (key: FoundForeignKey): RelationFacts["foreignKeys"][number] => ({
  name: key.name,
  columns: key.columns,
  to: keyOf({ schema: key.to_schema, name: key.to_name }),
  toColumns: key.to_columns,
});

/** Of big relations alone; a message of its own, for most of the time there is none. */
const fewValuesIn = async (
  session: Session,
  relations: readonly FoundRelation[],
  dear: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
  const big = relations.filter(({ bytes }) => isBig({ bytes: bytes ?? undefined })).map(({ oid }) => oid);
  if (big.length === 0 || dear.length === 0) return new Map();
  // A share of the rows, which pg_stats has as a negative number, grows with them.
  const rows = await session.rows(
    sql`select c.oid::text as oid, array_to_json(array_agg(s.attname)) as names from pg_stats s join pg_namespace n on n.nspname = s.schemaname join pg_class c on c.relnamespace = n.oid and c.relname = s.tablename where c.oid = any(${textArray(big)}::oid[]) and s.attname in (${joinSql(dear.map(literal), sql`, `)}) and s.n_distinct between 1 and ${literal(FEW_VALUES)} group by c.oid`,
  );
  return new Map(rows.map((row) => [row["oid"] ?? "", new Set(JSON.parse(row["names"] ?? "[]") as readonly string[])]));
};

const FEW_VALUES = 10_000;
