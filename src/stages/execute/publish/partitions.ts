/**
 * The partitions of what is replaced and of what replaces it. SET SCHEMA moves a table and leaves its partitions where
 * they are, and each has an owner and grants of its own.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { parkingOf, type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import type { PublishedRelation } from "../../../domain/publish-plan.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { carryOver } from "./carry/carry-over.ts";
import type { CarriedFacts } from "./carry/facts.ts";

/** By the relationKey of the whole, on live or in the workspace; what is not cut has none. */
export type Partitions = ReadonlyMap<string, readonly string[]>;

export const readPartitions = async (
  session: Session,
  published: readonly PublishedRelation[],
): Promise<Partitions> => {
  if (published.length === 0) return new Map();
  const schemas = [...new Set(published.flatMap((p) => [p.name.schema, workspaceOf(p.name.schema)]))].map(literal);
  const [answer] = await session.step(sql`
select n.nspname as schema, r.relname as whole, c.relname as name
from pg_class r join pg_namespace n on n.oid = r.relnamespace cross join pg_partition_tree(r.oid) t join pg_class c on c.oid = t.relid
where r.relkind = 'p' and not r.relispartition and t.level > 0 and c.relnamespace = r.relnamespace and n.nspname in (${joinSql(schemas, sql`, `)}) order by 1, 2, t.level, 3`);
  const found = new Map<string, string[]>();
  for (const row of answer?.rows ?? []) {
    const key = relationKey({ schema: row["schema"] ?? "", name: row["whole"] ?? "" });
    found.set(key, [...(found.get(key) ?? []), row["name"] ?? ""]);
  }
  return found;
};

const oldOf = (partitions: Partitions, { name }: PublishedRelation): readonly string[] =>
  partitions.get(relationKey(name)) ?? [];

const newOf = (partitions: Partitions, { name: { schema, name } }: PublishedRelation): readonly string[] =>
  partitions.get(relationKey({ schema: workspaceOf(schema), name })) ?? [];

/** Than when the run was planned, which took as many for granted as there were. */
export const morePartitions = (partitions: Partitions, published: readonly PublishedRelation[]): number =>
  published.reduce((sum, p) => sum + Math.max(0, newOf(partitions, p).length - oldOf(partitions, p).length), 0);

const move = (name: string, from: string, to: string): Sql =>
  sql`alter table ${relation({ schema: from, name })} set schema ${ident(to)}`;

export const parkPartitions = (partitions: Partitions, published: PublishedRelation): readonly Sql[] =>
  oldOf(partitions, published).map((name) => move(name, published.name.schema, parkingOf(published.name.schema)));

export const movePartitions = (partitions: Partitions, published: PublishedRelation): readonly Sql[] =>
  newOf(partitions, published).map((name) => move(name, workspaceOf(published.name.schema), published.name.schema));

/** A partition keeps what one of its name had; a new one belongs to whoever owns the whole. Declared grants are the whole's. */
export const carryOverPartitions = (
  partitions: Partitions,
  published: PublishedRelation,
  facts: CarriedFacts,
): readonly Sql[] => {
  const old = oldOf(partitions, published);
  const owner = facts.relations.get(relationKey(published.name))?.owner ?? facts.role;
  return newOf(partitions, published).flatMap((name) => {
    const partition: RelationName = { schema: published.name.schema, name };
    if (!old.includes(name))
      return owner === facts.role ? [] : [sql`alter table ${relation(partition)} owner to ${ident(owner)}`];
    const grants = published.grants === undefined ? undefined : new Map();
    return carryOver({ ...published, name: partition, newKind: "table", oldKind: "table", grants }, facts, []);
  });
};

/** Whose each partition is, so that one attached by hand is told from ours. What is recorded of before goes. */
export const recordPartitions = (
  { bookkeeping, runId }: { readonly bookkeeping: string; readonly runId: string },
  partitions: Partitions,
  published: readonly PublishedRelation[],
): readonly Sql[] => {
  const touched = published.filter((p) => oldOf(partitions, p).length + newOf(partitions, p).length > 0);
  if (touched.length === 0) return [];
  const nodes = joinSql(
    touched.map((p) => literal(p.node)),
    sql`, `,
  );
  const gone = sql`delete from ${ident(bookkeeping)}.relations where kind = 'partition' and node_id in (${nodes})`;
  const rows = touched.flatMap((p) =>
    newOf(partitions, p).map(
      (name) =>
        sql`(${literal(p.name.schema)}, ${literal(name)}, ${literal(p.node)}, 'partition', ${literal(p.fingerprint)}, ${literal(runId)}::uuid)`,
    ),
  );
  if (rows.length === 0) return [gone];
  return [
    gone,
    sql`insert into ${ident(bookkeeping)}.relations (schema, name, node_id, kind, fingerprint, run_id) values ${joinSql(rows, sql`, `)}
on conflict (schema, name) do update set node_id = excluded.node_id, kind = excluded.kind, fingerprint = excluded.fingerprint, run_id = excluded.run_id`,
  ];
};
