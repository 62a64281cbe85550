/** Manifest, compiled queries and tests, and what else is known of columns in; how much is tested and described out. Pure. */
import type { Compiled, CompiledTest } from "../../domain/compiled.ts";
import type { DataTests } from "../../domain/contracts/data-test.ts";
import type { COVERAGE_KINDS, Coverage, CoveredRelation, Gap, LeastCoverage, Shares } from "../../domain/coverage.ts";
import { isBuilt, isTest, type Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import { relation, textOf } from "../../domain/sql.ts";
import type { RelationFacts } from "../../domain/test-facts.ts";
import { reach } from "../../lib/dag.ts";
import type { OutputColumns } from "../../sql-syntax/output-columns.ts";
import { loadParser } from "../../sql-syntax/parser.ts";
import { columnsOf, type OtherColumns } from "./columns.ts";
import { isGuarded, type Keys, keysOf, type Relation } from "./keys.ts";
import { type KeyHolder, referencesOf } from "./references.ts";
import { testedColumns } from "./tested-columns.ts";

export type CoverageRequest = {
  readonly manifest: Manifest;
  /** All of it: a test counts whether it is selected or not. */
  readonly compiled: Compiled;
  readonly selected: ReadonlySet<NodeId>;
  readonly dataTests: DataTests;
  readonly columns: OtherColumns;
  /** What the catalog says, by relation as SQL writes it; undefined: it was not asked. */
  readonly facts: ReadonlyMap<string, RelationFacts> | undefined;
  readonly least: LeastCoverage;
};

type Looked = { readonly node: Relation; readonly columns: OutputColumns; readonly keys: Keys };

export const coverageOf = async (request: CoverageRequest): Promise<Coverage> => {
  const { manifest, compiled, selected, dataTests, facts } = request;
  const parse = await loadParser();
  const columns = await columnsOf(manifest, compiled, request.columns);
  const tests = testsByNode(compiled, manifest);
  const units = unitTestsByModel(manifest);
  const liveOf = (node: Relation): RelationFacts | undefined => facts?.get(textOf(relation(node.relation)));
  const looked = [...manifest.nodes.values()].flatMap((node): readonly Looked[] => {
    if (isTest(node)) return [];
    const known = columns.get(node.id) ?? { names: [], isComplete: false };
    return [{ node, columns: known, keys: keysOf(node, known.names, tests.own(node.id), liveOf(node)) }];
  });
  const holders = keyHolders(looked);
  const relations = looked
    .filter(({ node }) => selected.has(node.id))
    .map(({ node, columns: { names, isComplete }, keys }) => {
      const [own, singular, live] = [tests.own(node.id), tests.singular(node.id), liveOf(node)];
      const below = new Set(reach([node.id], (id) => manifest.children.get(id) ?? []).keys());
      const tested = testedColumns(node, names, { dataTests, parse, own, singular, live, guarded: keys.guarded });
      const isDataTested = own.length + singular.length > 0 || tested.size > 0;
      const unitTests = units.get(node.id) ?? 0;
      const references = referencesOf(node, names, own, live, { all: holders, below });
      return covered(node, { names, isComplete }, keys, {
        unitTests,
        testedBy: isDataTested ? "data" : unitTests > 0 ? "units" : "nothing",
        tests: [
          ...(isDataTested || unitTests > 0 ? [] : [ITSELF]),
          ...names.filter((name) => !tested.has(name)).map(gapOf),
        ],
        descriptions: undescribed(node, names),
        relationships: references.filter((r) => !r.isHeld).map(({ column, to }) => ({ columns: [column], to })),
        references: references.length,
      });
    });
  return {
    from: facts === undefined ? "files" : "database",
    relations,
    totals: totalsOf(relations),
    least: request.least,
  };
};

const ITSELF: Gap = { columns: [], to: undefined };
const gapOf = (column: string): Gap => ({ columns: [column], to: undefined });

type Found = Pick<CoveredRelation, "unitTests" | "testedBy"> & {
  readonly tests: readonly Gap[];
  readonly descriptions: readonly Gap[];
  readonly relationships: readonly Gap[];
  readonly references: number;
};

const covered = (
  { id: node, name, kind, at, columns: declared }: Relation,
  { names: columns, isComplete }: OutputColumns,
  { expected, guarded }: Keys,
  { tests, descriptions, relationships, references, unitTests, testedBy }: Found,
): CoveredRelation => {
  const keys = expected.filter((key) => !isGuarded(key, guarded)).map((key) => ({ columns: key, to: undefined }));
  const missing = { tests, descriptions, keys, relationships };
  // The relation itself is one of the things to test and to describe.
  const all = {
    tests: columns.length + 1,
    descriptions: columns.length + 1,
    keys: expected.length,
    relationships: references,
  };
  const columnsKnown = isComplete ? "all" : "more";
  const shares = sharesOf((of) => ({ covered: all[of] - missing[of].length, of: all[of] }));
  const place = declared[0]?.span ?? at;
  return { node, name, kind, at: place, columns, columnsKnown, unitTests, testedBy, shares, missing };
};

const sharesOf = (shareOf: (kind: (typeof COVERAGE_KINDS)[number]) => Shares["tests"]): Shares => ({
  tests: shareOf("tests"),
  descriptions: shareOf("descriptions"),
  keys: shareOf("keys"),
  relationships: shareOf("relationships"),
});

const totalsOf = (relations: readonly CoveredRelation[]): Shares =>
  sharesOf((kind) =>
    relations.reduce(
      (sum, { shares }) => ({ covered: sum.covered + shares[kind].covered, of: sum.of + shares[kind].of }),
      { covered: 0, of: 0 },
    ),
  );

const undescribed = (node: Relation, names: readonly string[]): readonly Gap[] => {
  const described = new Set(node.columns.flatMap((c) => (c.description.trim() === "" ? [] : [c.name])));
  const itself = node.description.trim() === "" ? [ITSELF] : [];
  return [...itself, ...names.filter((name) => !described.has(name)).map(gapOf)];
};

/** Raw tables and seeds first: that is where keys come from. */
const keyHolders = (looked: readonly Looked[]): readonly KeyHolder[] => {
  const all = looked.flatMap(({ node, keys: { expected, guarded } }) =>
    [...expected, ...guarded].flatMap(([column, ...more]) =>
      column === undefined || more.length > 0 ? [] : [{ node, column }],
    ),
  );
  const isOrigin = ({ node }: KeyHolder): boolean => node.kind === "source" || node.kind === "seed";
  return [...all.filter(isOrigin), ...all.filter((holder) => !isOrigin(holder) && isBuilt(holder.node))];
};

const testsByNode = (
  compiled: Compiled,
  manifest: Manifest,
): Readonly<Record<"own" | "singular", (id: NodeId) => readonly CompiledTest[]>> => {
  const own = new Map<NodeId, CompiledTest[]>();
  const singular = new Map<NodeId, CompiledTest[]>();
  const add = (to: Map<NodeId, CompiledTest[]>, id: NodeId, test: CompiledTest): void => {
    const known = to.get(id) ?? [];
    to.set(id, known);
    known.push(test);
  };
  for (const test of compiled.tests.values()) {
    const { attachedTo, id } = test.node;
    if (attachedTo !== undefined) add(own, attachedTo, test);
    else for (const parent of manifest.parents.get(id) ?? []) add(singular, parent, test);
  }
  return { own: (id) => own.get(id) ?? [], singular: (id) => singular.get(id) ?? [] };
};

/** Those of a query of its own are of no model. */
const unitTestsByModel = ({ nodes }: Manifest): ReadonlyMap<NodeId, number> => {
  const counts = new Map<NodeId, number>();
  for (const node of nodes.values())
    if (node.kind === "unit-test" && node.subject.model !== undefined)
      counts.set(node.subject.model, (counts.get(node.subject.model) ?? 0) + 1);
  return counts;
};
