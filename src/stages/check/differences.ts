/** Two relations of the same columns in, what rows only one of them has out: how many, and the first of them. */
import type { Session } from "../../domain/contracts/database.ts";
import type { RelationName } from "../../domain/names.ts";
import { ident, joinSql, literal, relation, type Sql, sql, textOf } from "../../domain/sql.ts";

export type Differences = {
  /** Rows of the full build that the other does not have. */
  readonly missing: number;
  /** Rows that the full build does not have. */
  readonly extra: number;
  /** `only in` first, then the key, then the rest. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

export type DifferencesRequest = {
  readonly full: RelationName;
  readonly other: RelationName;
  /** Comes first, and orders the rows. */
  readonly key: readonly string[];
  readonly limit: number;
};

export const differencesOf = async (session: Session, request: DifferencesRequest): Promise<Differences> => {
  const { full, other, key, limit } = request;
  const found = await columnsOf(session, full);
  const columns = [...key.filter((c) => found.includes(c)), ...found.filter((c) => !key.includes(c))];
  // Text, because not every type can be compared; what prints alike is alike.
  const texts = joinSql(
    columns.map((c) => sql`${ident(c)}::text as ${ident(c)}`),
    sql`, `,
  );
  const only = (a: RelationName, b: RelationName): Sql =>
    sql`select ${texts} from ${relation(a)} except all select ${texts} from ${relation(b)}`;
  const compared = sql`with missing as materialized (${only(full, other)}), extra as materialized (${only(other, full)})`;
  const order = joinSql([...columns.map(ident), sql`1 desc`], sql`, `);
  const [counts, sample] = [
    await session.rows(
      sql`${compared} select (select count(*) from missing) as missing, (select count(*) from extra) as extra`,
    ),
    await session.table(
      sql`${compared} select 'full build' as ${ident(ONLY_IN)}, * from missing union all select 'incremental', * from extra order by ${order} limit ${literal(limit)}`,
    ),
  ];
  const count = (name: string): number => Number(counts[0]?.[name] ?? 0);
  return { missing: count("missing"), extra: count("extra"), columns: sample.columns, rows: sample.rows };
};

const ONLY_IN = "only in";

const columnsOf = async (session: Session, name: RelationName): Promise<readonly string[]> => {
  const rows = await session.rows(
    sql`select attname from pg_attribute where attrelid = ${literal(textOf(relation(name)))}::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  return rows.map((row) => row["attname"] ?? "");
};
