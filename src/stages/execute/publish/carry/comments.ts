/** Comments on the relation and its columns. */
import type { RelationName } from "../../../../domain/names.ts";
import type { PublishedRelation } from "../../../../domain/publish-plan.ts";
import { ident, literal, relation, type Sql, sql } from "../../../../domain/sql.ts";
import { kindSql } from "../../drop-relations.ts";
import type { Comment } from "./facts.ts";

export const commentOn = (
  name: RelationName,
  kind: PublishedRelation["newKind"],
  { column, text }: Comment,
  columns: readonly string[],
): readonly Sql[] => {
  if (column === null) return [sql`comment on ${kindSql(kind)} ${relation(name)} is ${literal(text)}`];
  return columns.includes(column)
    ? [sql`comment on column ${relation(name)}.${ident(column)} is ${literal(text)}`]
    : [];
};
