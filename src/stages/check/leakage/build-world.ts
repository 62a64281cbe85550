/**
 * Builds sources and models in a schema of a check, parents first, each in a transaction of its own whose locks tell what
 * it has read: whatever stands outside the check's schemas was reached past the sources, by a hard-coded name or a function.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../../domain/diagnostic.ts";
import type { ModelNode } from "../../../domain/manifest.ts";
import type { NodeId, RelationName } from "../../../domain/names.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../../../domain/sqlstate.ts";

export type Made = {
  readonly node: NodeId;
  readonly relation: RelationName;
  readonly query: Sql;
  readonly kind: "table" | "view";
  /** Made where something reads the relation by them. */
  readonly indexes: readonly Sql[];
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  readonly parents: readonly NodeId[];
};

export type BuiltWorld = {
  readonly relations: ReadonlyMap<NodeId, RelationName>;
  /** What could not be built, and what stands on it: with the first error. */
  readonly failed: ReadonlyMap<NodeId, Diagnostic>;
  /** Relations that a node has read past the sources. */
  readonly reached: ReadonlyMap<NodeId, readonly string[]>;
};

/** `given` are what stands elsewhere already; nothing that was made stays where `schemas` are emptied. */
export const buildWorld = async (
  session: Session,
  made: readonly Made[],
  schemas: readonly string[],
): Promise<BuiltWorld> => {
  const relations = new Map<NodeId, RelationName>();
  const failed = new Map<NodeId, Diagnostic>();
  const reached = new Map<NodeId, readonly string[]>();
  for (const item of made) {
    const above = item.parents.flatMap((id) => failed.get(id) ?? [])[0];
    if (above !== undefined) {
      failed.set(item.node, above);
      continue;
    }
    try {
      const others = await makeOne(session, item, schemas);
      if (others.length > 0) reached.set(item.node, others);
      relations.set(item.node, item.relation);
    } catch (error) {
      if (!(error instanceof DatabaseError) || isFatal(error)) throw error;
      failed.set(item.node, databaseDiagnostic(error, "execute/sql-error", item.node, undefined));
    }
  }
  return { relations, failed, reached };
};

/** A loss or a Ctrl-C says nothing about a model. */
const isFatal = ({ sqlstate }: DatabaseError): boolean =>
  isConnectionLoss(sqlstate) || sqlstate === SQLSTATE.queryCanceled;

const makeOne = async (
  session: Session,
  { relation: name, query, kind, indexes, settings }: Made,
  schemas: readonly string[],
): Promise<readonly string[]> => {
  const place = relation(name);
  if (kind === "view") {
    await session.run(sql`create view ${place} as\n${query}`);
    return [];
  }
  const set = settings.map((s) => sql`select set_config(${literal(s.name)}, ${literal(s.value)}, true)`);
  // Parts of a sum in another order are another float; what a session is told to use in parallel is not looked at.
  const serial = sql`set local max_parallel_workers_per_gather = 0`;
  const statements = [
    sql`begin`,
    serial,
    ...set,
    sql`create unlogged table ${place} with (autovacuum_enabled = false) as\n${query}\n`,
    ...indexes,
    locksOutside(schemas),
    sql`commit`,
    sql`analyze ${place}`,
  ];
  const results = await session.run(joinSql(statements, sql`;\n`));
  return (results[statements.length - 3]?.rows ?? []).map((row) => row["name"] ?? "");
};

/** A row that a plan only reads still locks its relation until the transaction ends. What extensions own is theirs. */
const locksOutside = (schemas: readonly string[]): Sql => sql`
select distinct n.nspname || '.' || c.relname as name from pg_locks l
join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.database = (select oid from pg_database where datname = current_database())
  and c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and n.nspname not in (${joinSql(schemas.map(literal), sql`, `)})
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1`;

/** What a model's table is read by: its indexes and its keys, none of them unique, for nothing may fail but the query. */
export const indexesOf = (node: ModelNode, name: RelationName): readonly Sql[] => {
  const place = relation(name);
  const own = node.config.indexes.map(({ columns, method, where }) => {
    const keys = columns.map(({ key, order, opclass, collation }) => {
      const what = key.kind === "column" ? ident(key.name) : sql`(${authored(key.text.value, undefined)})`;
      const collated = collation === undefined ? what : sql`${what} collate ${ident(collation)}`;
      const classed = opclass === undefined ? collated : sql`${collated} ${ident(opclass)}`;
      return order === "desc" ? sql`${classed} desc` : classed;
    });
    const condition = where === undefined ? sql`` : sql` where ${authored(where.value, undefined)}`;
    return sql`create index on ${place} using ${ident(method)} (${joinSql(keys, sql`, `)})${condition}`;
  });
  const keys = node.constraints.flatMap((c) => (c.kind === "primary_key" || c.kind === "unique" ? [c.columns] : []));
  const key = node.config.uniqueKey.length === 0 ? [] : [node.config.uniqueKey];
  const named = [...new Map([...keys, ...key].map((columns) => [columns.join("\0"), columns])).values()];
  return [...own, ...named.map((columns) => sql`create index on ${place} (${joinSql(columns.map(ident), sql`, `)})`)];
};

/** The indexes of a relation, as a copy of it gets them: none of them unique. */
export const copiedIndexes = async (
  session: Session,
  original: RelationName,
): Promise<readonly ((copy: RelationName) => Sql)[]> => {
  const rows = await session.rows(sql`
select am.amname as method, (select string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' order by k) from generate_series(1, i.indnkeyatts) k) as keys
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am am on am.oid = c.relam
where i.indrelid = to_regclass(${literal(textOf(relation(original)))}) and i.indpred is null and i.indisvalid and i.indisready
order by i.indexrelid`);
  return rows.map(
    (row) => (copy: RelationName) =>
      sql`create index on ${relation(copy)} using ${ident(row["method"] ?? "btree")} (${authored(row["keys"] ?? "", undefined)})`,
  );
};
