/** Unit tests in; their queries, in which CTEs stand for all that is read, and what says which columns those have, out. */
import type { CompileRun } from "../../domain/compiled.ts";
import type { CompiledUnitTest, CompiledUnitTests, OpenQuery } from "../../domain/compiled-unit-test.ts";
import { type Diagnostic, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import type { Manifest, Node, UnitTestNode } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Sql } from "../../domain/sql.ts";
import type { Fixture, UnitTestSubject } from "../../domain/unit-test.ts";
import { loadQueryReader, type ReadQuery } from "../../sql-syntax/read-query.ts";
import { queriesOf } from "./queries.ts";
import { nodeOf, WHOLE } from "./render.ts";
import { fixtureName, shapesOf } from "./shapes.ts";

/** `ids` may hold anything. */
export const compileUnitTests = async (
  manifest: Manifest,
  ids: Iterable<NodeId>,
  run: CompileRun,
): Promise<Outcome<CompiledUnitTests>> => {
  const nodes = [...ids].flatMap((id): UnitTestNode[] => {
    const node = nodeOf(manifest, id);
    return node.kind === "unit-test" ? [node] : [];
  });
  if (nodes.length === 0) return { ok: true, value: { tests: new Map(), shapes: new Map() }, warnings: [] };
  const found: Diagnostic[] = [];
  const read = await loadQueryReader();
  const shared = new Map<string, OpenQuery | undefined>();
  const tests = new Map<NodeId, CompiledUnitTest>();
  for (const node of nodes) {
    const compiled = compileUnitTest(node, { manifest, run, read, shared, found });
    if (compiled !== undefined) tests.set(node.id, compiled);
  }
  const wanted = nodes.flatMap((node) => node.given.map((given) => given.node));
  const shapes = shapesOf(manifest, wanted, run, read);
  // What is doubtful about a model's SQL is said of the model.
  const errors = found.filter((d) => d.severity === "error");
  return outcomeOf(() => ({ tests, shapes }), errors);
};

type Work = {
  readonly manifest: Manifest;
  readonly run: CompileRun;
  readonly read: ReadQuery;
  /** Queries by model, body and what is given. */
  readonly shared: Map<string, OpenQuery | undefined>;
  readonly found: Diagnostic[];
};

const compileUnitTest = (node: UnitTestNode, work: Work): CompiledUnitTest | undefined => {
  const query = subjectQuery(node, work);
  const given = new Map<NodeId, Sql>();
  for (const { node: id, fixture } of node.given) {
    const rows = rowsQuery(fixture, work);
    if (rows !== undefined) given.set(id, rows);
  }
  const expected = rowsQuery(node.expect, work);
  return query === undefined ? undefined : { node, query, given, expected };
};

const subjectQuery = ({ subject, given }: UnitTestNode, work: Work): OpenQuery | undefined => {
  const ids = given.map((one) => one.node).sort();
  if (!subject.isShared) return openQuery(subject, ids, work);
  const isLater = subject.body === laterBodyOf(work.manifest.nodes.get(subject.model as NodeId));
  const key = [subject.model, isLater, ...ids].join("\0");
  if (!work.shared.has(key)) work.shared.set(key, openQuery(subject, ids, work));
  return work.shared.get(key);
};

const laterBodyOf = (node: Node | undefined) => (node?.kind === "model" ? node.laterBody : undefined);

const openQuery = (
  { model, body, ephemerals, startedAt }: UnitTestSubject,
  given: readonly NodeId[],
  { manifest, run, read, found }: Work,
): OpenQuery | undefined => {
  const ctes = new Map(given.map((id) => [id, fixtureName(nodeOf(manifest, id))]));
  const view = { kind: "fixtures", ctes } as const;
  const ofTest = { ...run, view, startedAt: startedAt ?? run.startedAt };
  return queriesOf(withBodies(manifest, ephemerals), ofTest, read, found).open(body, model);
};

/** Under overrides an ephemeral model may say something else. */
const withBodies = (manifest: Manifest, bodies: UnitTestSubject["ephemerals"]): Manifest => {
  if (bodies.size === 0) return manifest;
  const nodes = new Map(manifest.nodes);
  for (const [id, body] of bodies) {
    const node = nodes.get(id);
    if (node?.kind === "model") nodes.set(id, { ...node, body });
  }
  return { ...manifest, nodes };
};

/** Undefined for rows that are no query. */
const rowsQuery = (fixture: Fixture, { manifest, run, read, found }: Work): Sql | undefined => {
  if (fixture.kind === "rows") return undefined;
  const view = { kind: "fixtures", ctes: new Map<NodeId, string>() } as const;
  return queriesOf(manifest, { ...run, view }, read, found).whole(fixture.body, undefined, WHOLE)?.query;
};
