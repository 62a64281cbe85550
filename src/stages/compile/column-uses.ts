/** Which SQL of a run names these columns of its sources, and where: for telling what a missing column breaks. */
import type { Compiled } from "../../domain/compiled.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { NodeId, RelationName } from "../../domain/names.ts";
import type { ColumnUse } from "../../domain/source-facts.ts";
import { originAtOffset, type Sql, textOf } from "../../domain/sql.ts";
import { columnUsesIn } from "../../sql-syntax/column-uses.ts";
import { loadParser, type Parse } from "../../sql-syntax/parser.ts";

/** Columns by source. In the order of the nodes, each place once. */
export const columnUses = async (
  manifest: Manifest,
  compiled: Compiled,
  asked: ReadonlyMap<NodeId, ReadonlySet<string>>,
): Promise<readonly ColumnUse[]> => {
  if (asked.size === 0) return [];
  const parse = await loadParser();
  const uses: ColumnUse[] = [];
  for (const [source, columns] of asked) {
    const node = manifest.nodes.get(source);
    if (node?.kind !== "source") continue;
    for (const { id, query } of queriesOf(compiled, source, manifest))
      for (const use of usesIn(parse, query, node.relation, columns)) {
        // An ephemeral model's SQL is that of whoever stands on it, too.
        if (!uses.some((other) => isSamePlace(other, use))) uses.push({ source, by: id, ...use });
      }
    for (const { node: test } of compiled.tests.values())
      if (test.attachedTo === source && test.column !== undefined && columns.has(test.column)) {
        const origin = { span: test.at, calledFrom: [] };
        uses.push({ source, column: test.column, by: test.id, how: "test", origin });
      }
  }
  return uses;
};

type Place = Pick<ColumnUse, "column" | "origin">;

const isSamePlace = (one: Place, other: Place): boolean =>
  one.column === other.column &&
  one.origin !== undefined &&
  one.origin.span.file === other.origin?.span.file &&
  one.origin.span.start === other.origin.span.start &&
  one.origin.calledFrom[0]?.start === other.origin.calledFrom[0]?.start;

type NodeQuery = { readonly id: NodeId; readonly query: Sql };

const queriesOf = (compiled: Compiled, source: NodeId, manifest: Manifest): readonly NodeQuery[] => [
  ...[...compiled.models.values()]
    .filter((model) => model.readsLive.includes(source))
    .flatMap(({ id, query, later }) => [{ id, query }, ...(later === undefined ? [] : [{ id, query: later }])]),
  ...[...compiled.tests.values()].flatMap(({ node, failing }) =>
    node.test.kind === "query" && failing.kind === "query" && manifest.parents.get(node.id)?.includes(source) === true
      ? [{ id: node.id, query: failing.query }]
      : [],
  ),
];

const usesIn = (
  parse: Parse,
  query: Sql,
  { schema, name }: RelationName,
  columns: ReadonlySet<string>,
): readonly Pick<ColumnUse, "column" | "how" | "origin">[] => {
  const text = textOf(query);
  const parsed = parse(text);
  // It was read before; whoever sends it is told what is wrong.
  if (parsed.kind === "error") return [];
  return parsed.statements
    .flatMap(({ tree }) => columnUsesIn(tree, parsed.offsetOf, { schema, name, columns }))
    .map(({ column, how, offset }) => ({
      column,
      how,
      origin: originAtOffset(query, how === "name" ? lastPart(text, offset) : offset),
    }));
};

/** Of `o."customer_id"` the column alone, and of a quoted one what stands within the quotes. */
const lastPart = (text: string, offset: number): number =>
  offset + (BEFORE_LAST.exec(text.slice(offset, offset + LONGEST))?.[0].length ?? 0);

const BEFORE_LAST = /^(?:(?:"(?:[^"]|"")*"|[\p{L}\p{N}_$]+)\s*\.\s*)*"?/u;
/** Two qualifiers and a column of 63 bytes each, doubled quotes, and some room. */
const LONGEST = 500;
