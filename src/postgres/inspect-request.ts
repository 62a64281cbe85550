/** What the queries of the catalog share: what is asked for, and how a row is read. */
import type { Row } from "../domain/contracts/database.ts";
import type { RelationName } from "../domain/names.ts";
import { ident, joinSql, literal, type Sql, sql } from "../domain/sql.ts";

export type InspectRequest = {
  /** Live schemas that the run writes. */
  readonly schemas: readonly string[];
  /** Those of which is asked what stands on them. */
  readonly relations: readonly RelationName[];
  readonly bookkeeping: string;
  readonly serverVersion: number;
  /** A database that Galley never wrote to has none, and can be looked at all the same. */
  readonly hasBookkeeping: boolean;
  /** An older Galley made none. */
  readonly hasBatches: boolean;
};

export const text = (row: Row | undefined, column: string): string => row?.[column] ?? "";
export const nameOf = (row: Row, schema: string, name: string): RelationName => ({
  schema: text(row, schema),
  name: text(row, name),
});

export const inSchemas = (schemas: readonly string[]): Sql =>
  schemas.length === 0 ? sql`('')` : sql`(${joinSql(schemas.map(literal), sql`, `)})`;

export const recordedRelations = ({ bookkeeping, hasBookkeeping }: InspectRequest): Sql =>
  hasBookkeeping
    ? sql`${ident(bookkeeping)}.relations`
    : sql`(select null::text as schema, null::text as name, null::text as node_id, null::text as kind, null::text as run_id where false)`;

export const isReachable = (owner: Sql, serverVersion: number): Sql =>
  sql`pg_has_role(current_user, ${owner}, 'USAGE')${serverVersion >= 160_000 ? sql` and pg_has_role(current_user, ${owner}, 'SET')` : sql``}`;
