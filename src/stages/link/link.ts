/** From what the files say to what they mean: nodes, relations, edges, order. A Manifest has no unknown name and no loop. */

import type { DataTests } from "../../domain/contracts/data-test.ts";
import { type Diagnostic, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import { eachOnce } from "../../domain/each-once.ts";
import type { NodeHooks } from "../../domain/hooks.ts";
import type { Column, Manifest, ModelNode, Node, SeedNode, SnapshotNode, SourceNode } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { ColumnProperties, FolderConfig, Project } from "../../domain/project.ts";
import { type Rendered, RUN_FACTS } from "../../domain/rendered.ts";
import type { Located } from "../../domain/source.ts";
import { evaluate, type Scope } from "../../template/evaluate.ts";
import type { Template } from "../../template/syntax.ts";
import { checkAvailability } from "./availability.ts";
import { checkContracts } from "./contracts.ts";
import {
  type Declared,
  type DeclaredModel,
  type DeclaredRelation,
  type DeclaredSeed,
  type DeclaredSnapshot,
  type DeclaredSource,
  declareNodes,
} from "./declare.ts";
import { withEnforced } from "./enforced-tests.ts";
import { readFailures } from "./failures-config.ts";
import type { TestContext } from "./generic-tests.ts";
import { linkHooks, linkRunHooks, modelHooks } from "./hooks.ts";
import { unbatchedInputs } from "./microbatch-config.ts";
import { constraintsOf } from "./node-constraints.ts";
import { type Named, nameObjects } from "./object-names.ts";
import { orderNodes } from "./order.ts";
import { wrongPastTests } from "./past-tests.ts";
import { registryOf, resolveIn } from "./registry.ts";
import { checkRelations } from "./relations.ts";
import { testKinds } from "./test-kinds.ts";
import { testedNode, testedSource } from "./tested.ts";
import { linkTests, type TestedProperties } from "./tests.ts";
import { linkUnitTests } from "./unit-tests.ts";
import { watchedRows } from "./watched-rows.ts";

export const link = (project: Project<Template>, dataTests: DataTests): Outcome<Manifest> => {
  const found: Diagnostic[] = [];
  const noReference: Scope["resolve"] = () => {
    throw new Error("a header was read with references");
  };
  const declared = declareNodes(project, scopeOf(project, noReference), found);
  const registry = registryOf(project, declared, found);
  const scope = scopeOf(project, resolveIn(registry));
  found.push(...checkRelations(declared, project), ...checkContracts(declared), ...checkAvailability(declared));
  const constraints = constraintsOf(declared, project, scope.resolve, found);
  const context: TestContext = {
    projectName: project.name,
    folders: withProjectLayer(project),
    kinds: testKinds(dataTests, project.genericTests),
    scope,
  };
  const tests = linkTests(project, testedProperties(declared), constraints.asTests, context, found);
  const named = nameObjects(withEnforced(constraints.onRelations, tests, found), found);
  const nodes = new Map<NodeId, Node>();
  const references = new Map<NodeId, readonly Located<NodeId>[]>();
  for (const source of declared.sources) nodes.set(source.id, sourceNode(source));
  for (const seed of declared.seeds) {
    const linked = linkHooks(seed.hooks, scope, found);
    nodes.set(seed.id, seedNode(seed, linked.hooks, named));
    references.set(seed.id, linked.references);
  }
  for (const model of declared.models) {
    const linked = modelHooks(model, scope, found);
    const body = evaluate(model.from.template, scope);
    found.push(...(body.ok ? body.warnings : body.diagnostics));
    if (!body.ok) continue;
    const later = model.config.materialized === "incremental" ? laterBody(model, scope, found) : undefined;
    const { pieces, references: refs } = body.value;
    nodes.set(model.id, modelNode(model, { pieces, references: refs }, later, linked.hooks, named));
    references.set(model.id, [...refs, ...(later?.references ?? []), ...linked.references]);
  }
  for (const snapshot of declared.snapshots) {
    const body = watchedRows(snapshot.from.watched, scope.resolve, found);
    if (body === undefined) continue;
    const linked = linkHooks(snapshot.hooks, scope, found);
    nodes.set(snapshot.id, snapshotNode(snapshot, body, linked.hooks, named));
    references.set(snapshot.id, [...body.references, ...linked.references]);
  }
  const templates = new Map(declared.models.map((model) => [model.id, model.from.template] as const));
  const unitTests = linkUnitTests(
    {
      project,
      scope,
      nodes,
      templates,
      disabled: new Set(declared.disabled.keys()),
      broken: new Set(declared.models.flatMap(({ id, name }) => (nodes.has(id) ? [] : [name]))),
    },
    found,
  );
  for (const test of unitTests) {
    const { model, body } = test.subject;
    references.set(test.id, model === undefined ? body.references : [{ value: model, span: test.at }]);
  }
  for (const test of tests) {
    nodes.set(test.node.id, test.node);
    references.set(test.node.id, test.references);
  }
  for (const test of unitTests) nodes.set(test.id, test);
  found.push(...unbatchedInputs(nodes));
  const onRun = linkRunHooks(project, scope, found);
  const ordered = orderNodes(nodes, references, found);
  found.push(...wrongPastTests({ nodes, ...ordered }));
  return outcomeOf(
    () => ({
      projectName: project.name,
      target: project.target,
      nodes,
      ...ordered,
      mappings: project.mappings,
      onRun,
      failures: readFailures(project.settings.failures?.value, found),
      disabled: new Set(declared.disabled.keys()),
    }),
    eachOnce(found),
  );
};

/** `failures:` of project.yml is the farthest layer of what tests are configured by. */
const withProjectLayer = ({ folders: { dataTests }, settings: { failures } }: Project<Template>): FolderConfig =>
  failures === undefined ? dataTests : { ...dataTests, config: [failures, ...dataTests.config] };

const scopeOf = (project: Project<Template>, resolve: Scope["resolve"]): Scope => ({
  vars: project.vars,
  env: project.env,
  target: {
    name: project.target.name,
    type: project.target.type,
    schema: project.schema.value,
    schema_prefix: project.target.schemaPrefix,
    threads: project.target.threads,
  },
  isIncremental: false,
  macros: project.macros,
  resolve,
  parameters: undefined,
  runFacts: RUN_FACTS,
});

/** What `is_incremental` is true in: its references are edges as well. */
const laterBody = (model: DeclaredModel, scope: Scope, found: Diagnostic[]): Rendered | undefined => {
  const body = evaluate(model.from.template, { ...scope, isIncremental: true });
  found.push(...(body.ok ? body.warnings : body.diagnostics));
  return body.ok ? { pieces: body.value.pieces, references: body.value.references } : undefined;
};

const testedProperties = ({ models, seeds, snapshots, sources }: Declared): readonly TestedProperties[] => [
  ...[...models, ...seeds, ...snapshots].flatMap((node) =>
    node.properties === undefined ? [] : { tested: testedNode(node), dataTests: node.properties.dataTests },
  ),
  ...sources.map((source) => ({ tested: testedSource(source), dataTests: source.from.dataTests })),
];

const columnOf = ({ name, description, dataType, known, isSurrogate, meta }: ColumnProperties): Column => ({
  name: name.value,
  description,
  dataType,
  known,
  isSurrogate,
  meta,
  span: name.span,
});

const commonOf = ({ id, name, from, properties, config, at }: DeclaredRelation) => ({
  id,
  name,
  fqn: [...from.folders, name],
  tags: config.tags,
  description: properties?.description ?? "",
  at,
  columns: (properties?.columns ?? []).map(columnOf),
});

const modelNode = (
  model: DeclaredModel,
  body: ModelNode["body"],
  laterBody: ModelNode["laterBody"],
  hooks: NodeHooks,
  named: ReadonlyMap<NodeId, Named>,
): ModelNode => ({
  kind: "model",
  ...commonOf(model),
  path: model.from.file.path,
  file: model.from.file,
  relation: model.relation,
  config: { ...model.config, indexes: named.get(model.id)?.indexes ?? [] },
  body,
  laterBody,
  hooks,
  constraints: named.get(model.id)?.constraints ?? [],
});

const seedNode = (seed: DeclaredSeed, hooks: NodeHooks, named: ReadonlyMap<NodeId, Named>): SeedNode => ({
  kind: "seed",
  ...commonOf(seed),
  path: seed.from.path,
  relation: seed.relation,
  config: { ...seed.config, indexes: named.get(seed.id)?.indexes ?? [] },
  hooks,
  constraints: named.get(seed.id)?.constraints ?? [],
});

const snapshotNode = (
  snapshot: DeclaredSnapshot,
  body: SnapshotNode["body"],
  hooks: NodeHooks,
  named: ReadonlyMap<NodeId, Named>,
): SnapshotNode => ({
  kind: "snapshot",
  ...commonOf(snapshot),
  path: snapshot.at.file.path,
  relation: snapshot.relation,
  config: { ...snapshot.config, indexes: named.get(snapshot.id)?.indexes ?? [] },
  body,
  hooks,
  constraints: [],
});

const sourceNode = ({ id, from, config, relation, at }: DeclaredSource): SourceNode => ({
  kind: "source",
  id,
  name: `${from.source.value}.${from.table.value}`,
  path: at.file.path,
  fqn: [...from.folders, from.source.value, from.table.value],
  tags: config.tags,
  description: from.description,
  at,
  sourceName: from.source.value,
  relation,
  config,
  columns: from.columns.map(columnOf),
});
