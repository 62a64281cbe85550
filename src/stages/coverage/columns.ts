/** Manifest, compiled queries and what else is known in; the columns of each relation out. */
import type { Compiled } from "../../domain/compiled.ts";
import { isTest, type Manifest, type RelationNode, type SnapshotNode } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import { textOf } from "../../domain/sql.ts";
import { type OutputColumns, outputColumns } from "../../sql-syntax/output-columns.ts";
import { loadParser, type Parse } from "../../sql-syntax/parser.ts";

/** Columns that stand in no query: of a seed's file, and of the database where it was asked, by relation. */
export type OtherColumns = {
  readonly seeds: ReadonlyMap<NodeId, readonly string[]>;
  readonly live: ReadonlyMap<string, readonly string[]>;
};

export const columnsOf = async (
  { nodes, order }: Manifest,
  { models }: Compiled,
  { seeds, live }: OtherColumns,
): Promise<ReadonlyMap<NodeId, OutputColumns>> => {
  const parse = await loadParser();
  const found = new Map<NodeId, OutputColumns>();
  const byRelation = new Map<string, OutputColumns>();
  // Parents first: a `*` over them is known then.
  for (const id of order) {
    const node = nodes.get(id);
    if (node === undefined || isTest(node)) continue;
    const key = relationKey(node.relation);
    const query = models.get(id)?.query;
    const known = (schema: string | undefined, name: string): OutputColumns | undefined =>
      schema === undefined ? undefined : byRelation.get(`${schema}.${name}`);
    const own = query === undefined ? unqueried(node, seeds.get(id)) : ofQuery(parse, textOf(query), known);
    const columns = completed(node, own, live.get(key));
    found.set(id, columns);
    byRelation.set(key, columns);
  }
  return found;
};

type Known = Parameters<typeof outputColumns>[1];

/** It was read before; whoever sends it is told what is wrong. */
const ofQuery = (parse: Parse, text: string, known: Known): OutputColumns => {
  const parsed = parse(text);
  const tree = parsed.kind === "statements" ? parsed.statements[0]?.tree : undefined;
  return outputColumns(tree ?? {}, known);
};

/** A source that declares columns is taken at its word. */
const unqueried = ({ kind, ...node }: RelationNode, seed: readonly string[] | undefined) => {
  const names = seed ?? node.columns.map((column) => column.name);
  return { names, isComplete: seed !== undefined || (kind === "source" && names.length > 0) };
};

/** What is declared counts where a query does not say all, and so does what stands on live. */
const completed = (node: RelationNode, own: OutputColumns, live: readonly string[] | undefined): OutputColumns => {
  const isAsked = live !== undefined && (node.kind === "source" || !own.isComplete);
  const { names, isComplete } = isAsked ? { names: live, isComplete: true } : own;
  const declared = isComplete ? [] : node.columns.map((column) => column.name);
  const versions = node.kind === "snapshot" ? madeByGalley(node) : [];
  return { names: [...new Set([...names, ...declared])].filter((name) => !versions.includes(name)), isComplete };
};

/** Those are nobody's to describe or to test. */
const madeByGalley = ({ config }: SnapshotNode): readonly string[] => Object.values(config.columnNames);
