/** What stands in the bookkeeping of a source's photographs, and whether it is still about the source as it is declared. */
import type { Session } from "../../../domain/contracts/database.ts";
import { relationKey } from "../../../domain/names.ts";
import { ident, literal, type Sql, sql } from "../../../domain/sql.ts";
import type { WatchedColumn, WatchedRule, WatchedSource } from "./watched-source.ts";

export type Photographs = {
  readonly count: number;
  /** When the first of them was taken, in UTC. */
  readonly since: string | undefined;
  /** Columns that one of them has, of the type that they have now. */
  readonly comparable: ReadonlySet<string>;
  /** Why those that stand say nothing of the source as it is now; they go when the next is taken. */
  readonly outdated: string | undefined;
};

export const photographsTable = (bookkeeping: string): Sql => sql`${ident(bookkeeping)}.source_photographs`;
export const rowsTable = (bookkeeping: string): Sql => sql`${ident(bookkeeping)}.photographed_rows`;

/** How a column is kept: where that changed, texts do not compare. */
export const shapeOf = ({ type, isPersonal }: WatchedColumn): string => (isPersonal ? `${type}, hashed` : type);

/** A time as it was kept with each row: where that changed, it does not compare. */
export const ruleShape = (rule: WatchedRule): string =>
  rule.kind === "always" ? "always" : `${rule.slot.text} ${rule.slot.type}`;

export const readPhotographs = async (
  session: Session,
  bookkeeping: string,
  source: WatchedSource,
): Promise<Photographs> => {
  const rows = await session.rows(
    sql`select to_char(taken_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, relation, key::text as key, columns::text as columns from ${photographsTable(bookkeeping)} where source_id = ${literal(source.ruled.node.id)} order by n`,
  );
  const latest = rows.at(-1);
  const none = { count: 0, since: undefined, comparable: new Set<string>() };
  if (latest === undefined) return { ...none, outdated: undefined };
  const outdated = outdatedBy(source, latest["relation"] ?? "", JSON.parse(latest["key"] ?? "[]") as string[]);
  if (outdated !== undefined) return { ...none, outdated };
  const shapes = rows.map((row) => JSON.parse(row["columns"] ?? "{}") as Readonly<Record<string, string>>);
  const comparable = source.columns.filter((c) => shapes.some((s) => s[c.name] === shapeOf(c))).map((c) => c.name);
  return {
    count: rows.length,
    since: rows[0]?.["at"] ?? undefined,
    comparable: new Set(comparable),
    outdated: undefined,
  };
};

const outdatedBy = (
  { ruled, personalKey }: WatchedSource,
  place: string,
  key: readonly string[],
): string | undefined => {
  const now = relationKey(ruled.node.relation);
  if (place !== now) return `it was ${place}, and is ${now}`;
  const parts = keyShape({ ruled, personalKey });
  return JSON.stringify(key) === JSON.stringify(parts)
    ? undefined
    : `its key was ${key.join(", ")}, and is ${parts.join(", ")}`;
};

export const keyShape = ({ ruled, personalKey }: Pick<WatchedSource, "ruled" | "personalKey">): readonly string[] =>
  ruled.key.map((name) => (personalKey.has(name) ? `${name} (hashed)` : name));
