/** The columns of live and of what a query gives, and what becomes of those in which they differ. */
import type { SchemaChange } from "../../../domain/config.ts";
import type { Row } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";

export type TableColumn = {
  readonly name: string;
  /** As format_type prints it. */
  readonly type: string;
  /** Given by the database where an INSERT leaves the column out: a default, an identity, a generated column. */
  readonly isFilled: boolean;
  /** Of a generated column; nothing can be inserted into it. */
  readonly expression: string | undefined;
};

export type ColumnChange =
  | { readonly kind: "new"; readonly column: TableColumn }
  | { readonly kind: "gone"; readonly column: TableColumn }
  | { readonly kind: "type"; readonly column: TableColumn; readonly was: string };

/** Each of the new rows' columns, in the order of live. `live`: the query does not give it, and the rows keep theirs. */
export type DeltaColumn = { readonly name: string; readonly type: string; readonly from: "query" | "live" };

export type Shape =
  | { readonly kind: "refused"; readonly changes: readonly ColumnChange[] }
  | { readonly kind: "fits"; readonly columns: readonly DeltaColumn[] };

export const columnsOf = (first: RelationName, second: RelationName): Sql => sql`
select a.attrelid = ${oidOf(first)} as is_first, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
  a.attidentity <> '' or a.atthasdef as is_filled,
  case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as expression
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid in (${oidOf(first)}, ${oidOf(second)}) and a.attnum > 0 and not a.attisdropped order by a.attrelid, a.attnum`;

export const oidOf = (name: RelationName): Sql => sql`${literal(textOf(relation(name)))}::regclass`;

/** Of the rows of `columnsOf` of two relations, those of the first and those of the second. */
export const readColumns = (
  rows: readonly Row[],
): { readonly first: readonly TableColumn[]; readonly second: readonly TableColumn[] } => {
  const read = (row: Row): TableColumn => ({
    name: row["name"] ?? "",
    type: row["type"] ?? "",
    isFilled: row["is_filled"] === "t",
    expression: row["expression"] ?? undefined,
  });
  return {
    first: rows.filter((r) => r["is_first"] === "t").map(read),
    second: rows.filter((r) => r["is_first"] !== "t").map(read),
  };
};

/** What the database fills by itself the query need not give. */
export const changesBetween = (
  live: readonly TableColumn[],
  given: readonly TableColumn[],
): readonly ColumnChange[] => {
  const byName = new Map(given.map((c) => [c.name, c]));
  const known = new Set(live.map((c) => c.name));
  return [
    ...live.flatMap((column): ColumnChange[] => {
      const now = byName.get(column.name);
      if (now === undefined) return column.isFilled ? [] : [{ kind: "gone", column }];
      return now.type === column.type ? [] : [{ kind: "type", column: now, was: column.type }];
    }),
    ...given.filter((c) => !known.has(c.name)).map((column): ColumnChange => ({ kind: "new", column })),
  ];
};

/** What each policy lets pass. A column that the query gives no more cannot be ignored: new rows would hold nothing there. */
const LETS_PASS: Readonly<Record<SchemaChange, readonly ColumnChange["kind"][]>> = {
  ignore: ["new"],
  fail: [],
  append_new_columns: ["new", "gone"],
  sync_all_columns: ["new", "gone", "type"],
};

export const shapeOf = (live: readonly TableColumn[], given: readonly TableColumn[], policy: SchemaChange): Shape => {
  const changes = changesBetween(live, given);
  const refused = changes.filter((c) => !LETS_PASS[policy].includes(c.kind));
  if (refused.length > 0) return { kind: "refused", changes };
  const byName = new Map(given.map((c) => [c.name, c]));
  const known = new Set(live.map((c) => c.name));
  const standing = live.flatMap(({ name, type, isFilled }): DeltaColumn[] => {
    const now = byName.get(name);
    if (now !== undefined) return [{ name, type: now.type, from: "query" }];
    return isFilled || policy === "sync_all_columns" ? [] : [{ name, type, from: "live" }];
  });
  const added = policy === "ignore" ? [] : given.filter((c) => !known.has(c.name));
  return {
    kind: "fits",
    columns: [...standing, ...added.map(({ name, type }): DeltaColumn => ({ name, type, from: "query" }))],
  };
};
