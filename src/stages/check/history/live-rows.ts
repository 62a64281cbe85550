/** A watched source in; the query of its rows as a photograph keeps them, with the times by which they are declared known. */
import { ident, joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { ownAndParentSql } from "../known/ruled-source.ts";
import type { WatchedColumn, WatchedSource } from "./watched-source.ts";

/**
 * `key` text[], `cells` jsonb of texts (NULL left out), `draw` in 0…1 by the key alone, and the slots by their names.
 * `share`: of the rows, by `draw`.
 */
export const liveRows = (source: WatchedSource, share: number): Sql => {
  const { ruled, slots, columns } = source;
  const key = sql`array[${joinSql(
    ruled.key.map((name) => keySql(source, name)),
    sql`, `,
  )}]::text[]`;
  const times = joinSql(
    slots.map((slot) => sql`, ${slot.sql} as ${ident(slot.name)}`),
    sql``,
  );
  const draw = drawOf(key);
  const where = share < 1 ? sql` where ${draw} < ${literal(share)}` : sql``;
  return sql`select ${key} as key, ${cellsSql(source, columns)} as cells, ${draw} as draw${times}
from ${ownAndParentSql(ruled)}${where}`;
};

/** In 0…1, the same of a key whenever it is drawn. */
export const drawOf = (key: Sql): Sql =>
  sql`((hashtextextended(array_to_string(${key}, '|'), 4704) & 2147483647)::float8 / 2147483648)`;

const keySql = ({ ruled, personalKey }: WatchedSource, name: string): Sql =>
  personalKey.has(name)
    ? sql`'#' || md5(concat_ws('|', ${literal(ruled.node.id)}, s.${ident(name)}::text))`
    : sql`s.${ident(name)}::text`;

/** A call takes a hundred arguments. */
const PER_CALL = 50;

const cellsSql = (source: WatchedSource, columns: readonly WatchedColumn[]): Sql => {
  if (columns.length === 0) return sql`'{}'::jsonb`;
  const calls: Sql[] = [];
  for (let i = 0; i < columns.length; i += PER_CALL) {
    const pairs = columns.slice(i, i + PER_CALL).map((c) => sql`${literal(c.name)}, ${cellSql(source, c)}`);
    calls.push(sql`jsonb_build_object(${joinSql(pairs, sql`, `)})`);
  }
  return sql`jsonb_strip_nulls(${joinSql(calls, sql` || `)})`;
};

const LONGEST = 60;

/** Of types that are never longer than that. */
const SHORT: ReadonlySet<string> = new Set(
  "int2 int4 int8 float4 float8 bool date time timetz timestamp timestamptz interval uuid".split(" "),
);

/** What is long, or of a person, is kept as a hash; of a person with the row's key, so that equal values do not show. */
const cellSql = ({ ruled }: WatchedSource, { name, base, isPersonal }: WatchedColumn): Sql => {
  const column = sql`s.${ident(name)}`;
  if (isPersonal) {
    const key = joinSql(
      ruled.key.map((k) => sql`s.${ident(k)}::text`),
      sql`, `,
    );
    return sql`case when ${column} is not null then '#' || md5(concat_ws('|', ${literal(ruled.node.id)}, ${key}, ${column}::text)) end`;
  }
  const text = textSql(column, base);
  if (SHORT.has(base)) return text;
  return sql`case when length(${text}) > ${literal(LONGEST)} then '#' || md5(${text}) else ${text} end`;
};

/** Equal values have one text: 1.0 and 1.00, and JSON however it is spaced. */
const textSql = (column: Sql, base: string): Sql => {
  if (base === "numeric") return sql`trim_scale(${column})::text`;
  return base === "json" ? sql`${column}::jsonb::text` : sql`${column}::text`;
};

export const isHash = (cell: string): boolean => /^#[0-9a-f]{32}$/.test(cell);
