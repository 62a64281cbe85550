/** Asks the catalog for the columns of relations, and what types are called that somebody has written. */
import { DatabaseError, type Session } from "../domain/contracts/database.ts";
import { type RelationName, relationKey } from "../domain/names.ts";
import type { FoundColumn, SourceFacts } from "../domain/source-facts.ts";
import { joinSql, literal, relation, type Sql, sql, textOf } from "../domain/sql.ts";

export const readSourceColumns = async (
  session: Session,
  relations: readonly RelationName[],
  types: readonly string[],
): Promise<Pick<SourceFacts, "columns" | "types">> => {
  if (relations.length === 0) return { columns: new Map(), types: new Map() };
  const columns = new Map<string, FoundColumn[]>();
  for (const row of await session.rows(columnsOf(relations))) {
    const key = row["key"] ?? "";
    const known = columns.get(key) ?? [];
    columns.set(key, known);
    known.push({ name: row["name"] ?? "", type: row["type"] ?? "", bareType: row["bare"] ?? "" });
  }
  return { columns, types: new Map(await namesOf(session, types)) };
};

const columnsOf = (relations: readonly RelationName[]): Sql => {
  const named = relations.map((name) => sql`(${literal(relationKey(name))}, ${literal(textOf(relation(name)))})`);
  return sql`select v.key, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, format_type(a.atttypid, null) as bare
from (values ${joinSql(named, sql`, `)}) as v (key, name) join pg_attribute a on a.attrelid = to_regclass(v.name) and a.attnum > 0 and not a.attisdropped
order by v.key, a.attnum`;
};

type Named = readonly (readonly [string, string | undefined])[];

/** Before version 16 what reads like no type at all raises, and takes the others with it. */
const namesOf = async (session: Session, types: readonly string[]): Promise<Named> => {
  if (types.length === 0) return [];
  const list = types.map((type) => sql`(${literal(type)})`);
  try {
    const rows = await session.rows(
      sql`select v.type, format_type(to_regtype(v.type), null) as name from (values ${joinSql(list, sql`, `)}) as v (type)`,
    );
    return rows.map((row) => [row["type"] ?? "", row["name"] ?? undefined]);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (types.length === 1) return types.map((type) => [type, undefined]);
    const one: (readonly [string, string | undefined])[] = [];
    for (const type of types) one.push(...(await namesOf(session, [type])));
    return one;
  }
};
