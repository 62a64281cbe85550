/** Nodes in; for each, and for all that their queries read, what says which columns it has, out: no relation need be there. */
import type { CompileRun } from "../../domain/compiled.ts";
import type { OpenQuery, ShapeColumn, ShapeSource } from "../../domain/compiled-unit-test.ts";
import type { Column, Manifest, ModelNode, Node, SnapshotNode } from "../../domain/manifest.ts";
import { byteLength, MAX_NAME_BYTES, type NodeId } from "../../domain/names.ts";
import { authored, ident, sql } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { hashOf } from "../../lib/hash.ts";
import type { ReadQuery } from "../../sql-syntax/read-query.ts";
import { type Queries, queriesOf } from "./queries.ts";
import { nodeOf } from "./render.ts";

/** The CTE that stands for a node. */
export const fixtureName = ({ name }: Node): string => {
  const whole = `__galley__fixture__${name}`;
  return byteLength(whole) <= MAX_NAME_BYTES ? whole : `__galley__fixture__${hashOf(name).slice(0, 32)}`;
};

/** What a query is wrong about is told by those that ask it: here it only has no shape. */
export const shapesOf = (
  manifest: Manifest,
  wanted: readonly NodeId[],
  run: CompileRun,
  read: ReadQuery,
): ReadonlyMap<NodeId, ShapeSource> => {
  const ctes = new Map<NodeId, string>();
  for (const node of manifest.nodes.values())
    if (!(node.kind === "model" && node.config.materialized === "ephemeral")) ctes.set(node.id, fixtureName(node));
  const queries = queriesOf(manifest, { ...run, view: { kind: "fixtures", ctes } }, read, []);
  const shapes = new Map<NodeId, ShapeSource>();
  const visit = (id: NodeId): void => {
    if (shapes.has(id)) return;
    const source = shapeOf(nodeOf(manifest, id), queries);
    if (source === undefined) return;
    if (source.kind === "query") for (const above of source.query.reads.keys()) if (above !== id) visit(above);
    shapes.set(id, source);
  };
  for (const id of wanted) visit(id);
  return shapes;
};

const shapeOf = (node: Node, queries: Queries): ShapeSource | undefined => {
  switch (node.kind) {
    case "source":
      return { kind: "relation", relation: node.relation, declared: declaredOf(node.columns) };
    case "seed":
      return { kind: "seed", seed: node };
    case "model":
      return modelShape(node, queries);
    case "snapshot":
      return snapshotShape(node, queries);
    case "data-test":
    case "unit-test":
      return undefined;
    default:
      return unreachable(node);
  }
};

const modelShape = (node: ModelNode, queries: Queries): ShapeSource | undefined => {
  const declared = declaredOf(node.columns);
  if (node.config.contract !== undefined) return { kind: "declared", columns: declared };
  const query = queries.open(node.body, node.id);
  const live = node.config.materialized === "ephemeral" ? undefined : node.relation;
  return query === undefined ? undefined : { kind: "query", query, live, declared };
};

/** The watched columns, and those that tell when a version holds. */
const snapshotShape = (node: SnapshotNode, queries: Queries): ShapeSource | undefined => {
  const watched = queries.open(node.body, node.id);
  if (watched === undefined) return undefined;
  const { columnNames: names, strategy, hardDeletes } = node.config;
  const time = strategy.updatedAt === undefined ? sql`null::timestamptz` : sql`watched.${ident(strategy.updatedAt)}`;
  const deleted = hardDeletes === "new_record" ? sql`, null::text as ${ident(names.isDeleted)}` : sql``;
  const columns = sql`select watched.*, null::text as ${ident(names.scdId)}, ${time} as ${ident(names.updatedAt)}, ${time} as ${ident(names.validFrom)}, ${time} as ${ident(names.validTo)}${deleted} from (\n`;
  const query: OpenQuery = {
    head: sql`${columns}${watched.head}`,
    tail: sql`${watched.tail}\n) as watched`,
    query: sql`${columns}${watched.query}\n) as watched`,
    reads: watched.reads,
  };
  return { kind: "query", query, live: node.relation, declared: declaredOf(node.columns) };
};

const declaredOf = (columns: readonly Column[]): readonly ShapeColumn[] =>
  columns.flatMap(({ name, dataType }) =>
    dataType === undefined ? [] : [{ name, type: authored(dataType.value, { span: dataType.span, calledFrom: [] }) }],
  );
