/** The declared indexes of a node as steps on its workspace relation. */
import type { IndexColumn, IndexSpec } from "../../domain/config.ts";
import type { BuiltNode } from "../../domain/manifest.ts";
import type { RelationName } from "../../domain/names.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { authored, ident, idents, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import { parametersSql, tablespaceSql } from "../../domain/storage.ts";
import { duplicates } from "./constraint-steps.ts";

export const indexSteps = (node: BuiltNode, workspace: RelationName): readonly ConstraintStep[] =>
  node.config.indexes.map((index) => ({
    kind: index.isUnique ? "unique index" : "index",
    name: index.name,
    origin: "declared",
    node: node.id,
    relation: node.relation,
    columns: index.columns.flatMap((c) => (c.key.kind === "column" ? [c.key.name] : [])),
    change: { kind: "statement", sql: createIndex(index, workspace) },
    violations: index.isUnique ? violationsOf(index, workspace) : undefined,
    at: index.span,
  }));

const createIndex = (index: IndexSpec, workspace: RelationName): Sql => {
  const columns = joinSql(index.columns.map(columnSql), sql`, `);
  const include = index.include.length === 0 ? sql`` : sql` include (${idents(index.include)})`;
  const distinct = index.isNullsNotDistinct ? sql` nulls not distinct` : sql``;
  return sql`create ${index.isUnique ? sql`unique ` : sql``}index ${ident(index.name)} on ${relation(workspace)} using ${ident(index.method)} (${columns})${include}${distinct}${parametersSql(index.parameters)}${tablespaceSql(index.tablespace)}${whereOf(index)}`;
};

const columnSql = ({ key, order, nulls, opclass, collation }: IndexColumn): Sql => {
  const direction = order === undefined ? sql`` : order === "desc" ? sql` desc` : sql` asc`;
  const placing = nulls === undefined ? sql`` : nulls === "first" ? sql` nulls first` : sql` nulls last`;
  const collated = collation === undefined ? sql`` : sql` collate ${ident(collation)}`;
  return sql`${keyOf(key)}${collated}${opclass === undefined ? sql`` : sql` ${ident(opclass)}`}${direction}${placing}`;
};

const keyOf = (key: IndexColumn["key"]): Sql =>
  key.kind === "column"
    ? ident(key.name)
    : sql`(\n${authored(key.text.value, { span: key.text.span, calledFrom: [] })}\n)`;

const whereOf = (index: IndexSpec): Sql =>
  index.where === undefined ? sql`` : sql` where (\n${conditionOf(index.where)}\n)`;

const conditionOf = (where: NonNullable<IndexSpec["where"]>): Sql =>
  authored(where.value, { span: where.span, calledFrom: [] });

const violationsOf = (index: IndexSpec, workspace: RelationName): Sql => {
  const keys = index.columns.map((c) => keyOf(c.key));
  const known = index.isNullsNotDistinct ? [] : keys.map((k) => sql`${k} is not null`);
  const conditions = index.where === undefined ? known : [...known, sql`(\n${conditionOf(index.where)}\n)`];
  return duplicates(relation(workspace), keys, conditions.length === 0 ? sql`true` : joinSql(conditions, sql` and `));
};
