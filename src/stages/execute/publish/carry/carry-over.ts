/**
 * What goes over to a new relation from the one that it replaces, as statements on the new one under its final name:
 * owner, grants and comments, then all that stood on it, in an order in which each finds what it needs.
 */
import type { Session } from "../../../../domain/contracts/database.ts";
import { type RelationName, relationKey, workspaceOf } from "../../../../domain/names.ts";
import type { PublishedRelation } from "../../../../domain/publish-plan.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../../../domain/sql.ts";
import type { StandingSetting } from "../../../../domain/standing.ts";
import { kindSql } from "../../drop-relations.ts";
import { commentOn } from "./comments.ts";
import type { CarriedFacts, Facts } from "./facts.ts";
import { grantsOf } from "./grants.ts";

/** Statements to run right after the new relation has taken its final place. */
export const carryOver = (
  published: PublishedRelation,
  facts: CarriedFacts,
  standing: readonly StandingSetting[],
): readonly Sql[] => {
  const { name, newKind } = published;
  const old = facts.relations.get(relationKey(name));
  const made = madeFor(name, facts);
  const owner = old?.owner ?? facts.role;
  return [
    // First, so that grants are the owner's, and one to the role that publishes is a grant like any other.
    ...(owner === facts.role ? [] : [sql`alter ${kindSql(newKind)} ${relation(name)} owner to ${ident(owner)}`]),
    ...grantsOf(published, facts, old, made),
    ...(old?.comments ?? [])
      .filter(({ column }) => !isDeclared(column, made))
      .flatMap((comment) => commentOn(name, newKind, comment, made?.columns ?? [])),
    ...fitting(on(standing, published), made?.columns ?? []).flatMap((s) => s.publish),
  ];
};

/** A comment that the new relation was given when it was built wins over the one that stood. */
const isDeclared = (column: string | null, made: Facts | undefined): boolean =>
  made?.comments.some((comment) => comment.column === column) ?? false;

/** Statements on the old relations under their live names, before they are parked: what stays behind lets go. */
export const leaveBehind = (standing: readonly StandingSetting[], facts: CarriedFacts): readonly Sql[] =>
  standing.filter((s) => fitting([s], madeFor(s.on, facts)?.columns ?? []).length > 0).flatMap((s) => s.before);

const madeFor = (name: RelationName, facts: CarriedFacts): Facts | undefined =>
  facts.relations.get(relationKey({ schema: workspaceOf(name.schema), name: name.name }));

const on = (standing: readonly StandingSetting[], { name }: PublishedRelation): readonly StandingSetting[] =>
  standing.filter((s) => relationKey(s.on) === relationKey(name));

/** The columns of all relations of these schemas, by relationKey. */
export const columnsIn = async (
  session: Session,
  schemas: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const rows = await session.rows(sql`select n.nspname as schema, c.relname as name, json_agg(a.attname) as columns
from pg_namespace n join pg_class c on c.relnamespace = n.oid join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in (${joinSql(schemas.map(literal), sql`, `)}) and c.relkind in ('r', 'p', 'v', 'm') group by 1, 2`);
  return new Map(
    rows.map((r) => [
      relationKey({ schema: r["schema"] ?? "", name: r["name"] ?? "" }),
      JSON.parse(r["columns"] ?? "[]") as readonly string[],
    ]),
  );
};

/** What was set for a column goes with the column. */
export const fitting = (standing: readonly StandingSetting[], columns: readonly string[]): readonly StandingSetting[] =>
  standing.filter(({ needs }) => needs.kind !== "column" || columns.includes(needs.column));
