/** A relation in; its columns, and of some of them how another value may be made: by their range, or among those they have. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { ColumnType } from "../known/read-columns.ts";
import type { ValueKind } from "./masked-source.ts";

/** More different texts than these are no choice of words. */
const MOST_WORDS = 40;

export const readValues = async (
  session: Session,
  name: RelationName,
  columns: readonly ColumnType[],
): Promise<ReadonlyMap<string, ValueKind>> => {
  const asked = columns.flatMap((c, i): readonly Sql[] => {
    const column = ident(c.name);
    const from = relation(name);
    const kind = KINDS[c.base];
    if (c.isEnum || kind === "text")
      return [
        sql`(select array_to_json(array_agg(v::text order by v)) from (select distinct ${column} as v from ${from} where ${column} is not null limit ${literal(MOST_WORDS + 1)}) as x) as ${ident(`v${i}`)}`,
      ];
    if (kind === undefined || !RANGED.has(kind)) return [];
    const span =
      kind === "date" || kind === "timestamp" ? sql`, (max(${column})::date - min(${column})::date)` : sql`, null`;
    const finite = finiteSql(kind, column);
    return [
      sql`(select array_to_json(array[min(${column})::text, max(${column})::text${span}::text]) from ${from}${finite}) as ${ident(`v${i}`)}`,
    ];
  });
  const [row = {}] = asked.length === 0 ? [] : await session.rows(sql`select ${joinSql(asked, sql`,\n`)}`);
  return new Map(columns.map((column, i) => [column.name, kindOf(column, readList(row[`v${i}`]))]));
};

const finiteSql = (kind: ValueKind["kind"], column: Sql): Sql => {
  if (kind === "date" || kind === "timestamp") return sql` where isfinite(${column})`;
  return kind === "integer" ? sql`` : sql` where ${column} not in ('NaN', 'Infinity', '-Infinity')`;
};

const readList = (json: string | null | undefined): readonly (string | null)[] =>
  json === null || json === undefined ? [] : (JSON.parse(json) as readonly (string | null)[]);

const KINDS: Readonly<Record<string, ValueKind["kind"]>> = {
  int2: "integer",
  int4: "integer",
  int8: "integer",
  numeric: "number",
  float4: "float",
  float8: "float",
  bool: "boolean",
  date: "date",
  timestamp: "timestamp",
  timestamptz: "timestamp",
  interval: "interval",
  uuid: "uuid",
  bytea: "bytea",
  text: "text",
  varchar: "text",
  bpchar: "text",
  citext: "text",
};

const RANGED: ReadonlySet<ValueKind["kind"]> = new Set(["integer", "number", "float", "date", "timestamp"]);
const LONGEST_MOVE_DAYS = 3650;

const kindOf = ({ base, isEnum }: ColumnType, found: readonly (string | null)[]): ValueKind => {
  const kind = KINDS[base];
  const [low, high, days] = found;
  switch (kind) {
    case "integer":
    case "number":
    case "float":
      return { kind, low: low ?? "0", high: high ?? "0" };
    case "date":
    case "timestamp":
      return { kind, low: low ?? "2000-01-01", days: Math.min(Math.max(Number(days ?? 1), 1), LONGEST_MOVE_DAYS) };
    case "boolean":
    case "interval":
    case "uuid":
    case "bytea":
      return { kind };
    default: {
      const words = found.flatMap((v) => (v === null ? [] : [v]));
      if ((isEnum || kind === "text") && words.length > 1 && words.length <= MOST_WORDS)
        return { kind: "others", values: words };
      return kind === "text" ? { kind } : { kind: "hidden" };
    }
  }
};
