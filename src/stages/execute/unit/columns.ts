/** Shapes in, the columns of each node out: declared, from the catalog, from a seed's file, or described level by level. */

import type { CompiledUnitTests, OpenQuery, ShapeColumn, ShapeSource } from "../../../domain/compiled-unit-test.ts";
import { DatabaseError, type DescribedColumn, type Session } from "../../../domain/contracts/database.ts";
import type { Outcome } from "../../../domain/diagnostic.ts";
import type { SeedNode } from "../../../domain/manifest.ts";
import { type NodeId, type RelationName, relationKey } from "../../../domain/names.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";
import { isConnectionLoss } from "../../../domain/sqlstate.ts";
import { cteList } from "../../../sql-syntax/merge-ctes.ts";

type Shapes = CompiledUnitTests["shapes"];

/** The columns of a plain seed, read off its file. */
export type SeedColumns = (seed: SeedNode) => Promise<Outcome<readonly ShapeColumn[]>>;

/** `because`: why nothing says what columns there are. */
type Known =
  | { readonly kind: "known"; readonly columns: readonly ShapeColumn[] }
  | { readonly kind: "unknown"; readonly because: string };

export type KnownColumns = ReadonlyMap<NodeId, Known>;

export const findColumns = async (
  session: Session,
  shapes: Shapes,
  seedColumns: SeedColumns,
): Promise<KnownColumns> => {
  const known = new Map<NodeId, Known>();
  const standing = await standingColumns(
    session,
    [...shapes.values()].flatMap((s) => (s.kind === "relation" ? [s.relation] : [])),
  );
  for (const [id, shape] of shapes) {
    if (shape.kind === "declared") known.set(id, { kind: "known", columns: shape.columns });
    else if (shape.kind === "relation") known.set(id, ofSource(shape, standing));
    else if (shape.kind === "seed") known.set(id, await ofSeed(shape.seed, seedColumns));
  }
  for (const level of levelsOf(shapes)) await describeLevel(session, level, known);
  return known;
};

const ofSource = (
  { relation: name, declared }: Extract<ShapeSource, { kind: "relation" }>,
  standing: ReadonlyMap<string, readonly ShapeColumn[]>,
): Known => {
  const columns = standing.get(relationKey(name)) ?? declared;
  if (columns.length > 0) return { kind: "known", columns };
  return {
    kind: "unknown",
    because: `${relationKey(name)} is not in the database, and no column of it has a data_type`,
  };
};

const ofSeed = async (seed: SeedNode, seedColumns: SeedColumns): Promise<Known> => {
  const columns = await seedColumns(seed);
  if (columns.ok) return { kind: "known", columns: columns.value };
  return { kind: "unknown", because: `${seed.path} cannot be read: ${columns.diagnostics[0]?.message}` };
};

type QueryShape = Extract<ShapeSource, { kind: "query" }>;

/** What a level reads is known before it. */
const levelsOf = (shapes: Shapes): readonly (readonly (readonly [NodeId, QueryShape])[])[] => {
  const levels: [NodeId, QueryShape][][] = [];
  const depths = new Map<NodeId, number>();
  for (const [id, shape] of shapes) {
    if (shape.kind !== "query") continue;
    const depth = Math.max(0, ...[...shape.query.reads.keys()].map((above) => (depths.get(above) ?? -1) + 1));
    depths.set(id, depth);
    const level = levels[depth] ?? [];
    levels[depth] = level;
    level.push([id, shape]);
  }
  return levels;
};

const describeLevel = async (
  session: Session,
  level: readonly (readonly [NodeId, QueryShape])[],
  known: Map<NodeId, Known>,
): Promise<void> => {
  const asked: { readonly id: NodeId; readonly shape: QueryShape; readonly query: Sql }[] = [];
  const fallback: { readonly id: NodeId; readonly shape: QueryShape; readonly because: string }[] = [];
  for (const [id, shape] of level) {
    const filled = overNothing(shape.query, known);
    if (filled.kind === "unknown") fallback.push({ id, shape, because: filled.because });
    else asked.push({ id, shape, query: filled.query });
  }
  const described = await describeEach(
    session,
    asked.map(({ query }) => query),
  );
  for (const [i, { id, shape }] of asked.entries()) {
    const answer = described[i];
    if (answer instanceof DatabaseError || answer === undefined)
      fallback.push({ id, shape, because: `the query of ${id} is refused: ${answer?.message}` });
    else known.set(id, { kind: "known", columns: answer.map(columnOf) });
  }
  const live = await standingColumns(
    session,
    fallback.flatMap(({ shape }) => shape.live ?? []),
  );
  for (const { id, shape, because } of fallback) {
    const columns = (shape.live && live.get(relationKey(shape.live))) ?? shape.declared;
    known.set(id, columns.length === 0 ? { kind: "unknown", because } : { kind: "known", columns });
  }
};

export const columnOf = ({ name, type }: DescribedColumn): ShapeColumn => ({ name, type: authored(type, undefined) });

/** The query over CTEs that have the columns of what it reads and not a row. */
const overNothing = (
  query: OpenQuery,
  known: KnownColumns,
): { readonly kind: "query"; readonly query: Sql } | { readonly kind: "unknown"; readonly because: string } => {
  const ctes: { name: string; query: Sql }[] = [];
  for (const [id, name] of query.reads) {
    const one = known.get(id) ?? { kind: "unknown", because: `the query of ${id} is wrong` };
    if (one.kind === "unknown") return one;
    ctes.push({ name, query: nothingOf(one.columns) });
  }
  return { kind: "query", query: filledWith(query, ctes) };
};

export const filledWith = (
  { head, tail, query }: OpenQuery,
  ctes: readonly { readonly name: string; readonly query: Sql }[],
): Sql => (ctes.length === 0 ? query : sql`${head}${cteList(ctes)}${tail}`);

export const nothingOf = (columns: readonly ShapeColumn[]): Sql =>
  sql`select ${joinSql(
    columns.map(({ name, type }) => sql`null::${type} as ${ident(name)}`),
    sql`, `,
  )} where false`;

const QUERIES_A_MESSAGE = 50;

/** A query that is refused takes no other with it. Throws where the connection is gone. */
export const describeEach = async (
  session: Session,
  queries: readonly Sql[],
): Promise<readonly (readonly DescribedColumn[] | DatabaseError)[]> => {
  const answers: (readonly DescribedColumn[] | DatabaseError)[] = [];
  for (let at = 0; at < queries.length; at += QUERIES_A_MESSAGE)
    answers.push(...(await describeParts(session, queries.slice(at, at + QUERIES_A_MESSAGE))));
  return answers;
};

const describeParts = async (
  session: Session,
  queries: readonly Sql[],
): Promise<readonly (readonly DescribedColumn[] | DatabaseError)[]> => {
  try {
    return await session.describe(queries);
  } catch (error) {
    if (!(error instanceof DatabaseError) || isConnectionLoss(error.sqlstate)) throw error;
    if (queries.length === 1) return [error];
    const middle = queries.length >> 1;
    return [
      ...(await describeParts(session, queries.slice(0, middle))),
      ...(await describeParts(session, queries.slice(middle))),
    ];
  }
};

/** Of relations that are there, by relationKey. */
const standingColumns = async (
  session: Session,
  relations: readonly RelationName[],
): Promise<ReadonlyMap<string, readonly ShapeColumn[]>> => {
  const columns = new Map<string, ShapeColumn[]>();
  if (relations.length === 0) return columns;
  const named = relations.map((name) => sql`(${literal(relationKey(name))}, ${literal(textOf(relation(name)))})`);
  const rows = await session.rows(sql`select v.key, a.attname as name, format_type(a.atttypid, a.atttypmod) as type
from (values ${joinSql(named, sql`, `)}) as v (key, name) join pg_attribute a on a.attrelid = to_regclass(v.name) and a.attnum > 0 and not a.attisdropped
order by v.key, a.attnum`);
  for (const row of rows) {
    const key = row["key"] ?? "";
    const list = columns.get(key) ?? [];
    columns.set(key, list);
    list.push({ name: row["name"] ?? "", type: authored(row["type"] ?? "", undefined) });
  }
  return columns;
};
