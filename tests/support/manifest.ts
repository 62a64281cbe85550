/** A manifest from a few words, for tests of what stands above it. */
import type { DataTestConfig, ModelConfig } from "../../src/domain/config.ts";
import { noHooks } from "../../src/domain/hooks.ts";
import type { Manifest, Node } from "../../src/domain/manifest.ts";
import { type NodeId, nodeId } from "../../src/domain/names.ts";
import { wholeFile } from "../../src/domain/source.ts";
import { PLAIN_STORAGE } from "../../src/domain/storage.ts";
import { inverted, topologicalOrder } from "../../src/lib/dag.ts";
import { DEFAULT_FAILURES } from "../../src/stages/link/failures-config.ts";

export type NodeSketch = {
  readonly kind: "model" | "seed" | "source" | "test";
  readonly parents?: readonly string[];
  readonly tags?: readonly string[];
  /** Folder names; the node's own name is added. */
  readonly folders?: readonly string[];
  readonly materialized?: ModelConfig["materialized"];
  readonly testName?: string;
  /** Of a test that is a query: the own generic kind that it is of. */
  readonly ownKind?: string;
  readonly meta?: { readonly [key: string]: string };
};

/** Nodes by name; a source is named `raw.matches`. */
export const manifestOf = (
  sketches: Readonly<Record<string, NodeSketch>>,
  disabled: readonly string[] = [],
): Manifest => {
  const ids = new Map(Object.entries(sketches).map(([name, s]) => [name, nodeId(`${s.kind}.nba.${name}`)]));
  const idOf = (name: string): NodeId => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`no node is called ${name}`);
    return id;
  };
  const parents = new Map(Object.entries(sketches).map(([name, s]) => [idOf(name), (s.parents ?? []).map(idOf)]));
  const sorted = topologicalOrder([...ids.values()], (id) => parents.get(id) ?? []);
  if (sorted.kind === "cycle") throw new Error(`a loop: ${sorted.path.join(" ")}`);
  return {
    projectName: "nba",
    failures: DEFAULT_FAILURES,
    target: {
      name: "embedded",
      type: "embedded",
      threads: 4,
      schemaPrefix: "",
      searchPath: [],
      lockTimeoutMs: 200,
      publishTimeoutMs: 120_000,
      oldSnapshotWaitMs: 30_000,
      retries: 3,
    },
    nodes: new Map(
      Object.entries(sketches).map(([name, sketch]) => [idOf(name), nodeOf(name, idOf(name), sketch, idOf)]),
    ),
    parents,
    children: inverted(ids.values(), (id) => parents.get(id) ?? []),
    order: sorted.order,
    mappings: [],
    onRun: { start: [], end: [] },
    disabled: new Set(disabled),
  };
};

const nodeOf = (name: string, id: NodeId, sketch: NodeSketch, idOf: (name: string) => NodeId): Node => {
  const { folders = [], tags = [], parents = [], meta = {} } = sketch;
  const leaf = name.slice(name.lastIndexOf(".") + 1);
  const top = sketch.kind === "seed" ? "seeds" : "models";
  const ending = { model: `${name}.sql`, seed: `${name}.csv`, source: "raw.yml", test: "tests.yml" }[sketch.kind];
  const path = [
    top,
    ...folders,
    sketch.kind === "test" && sketch.testName === undefined ? `${name}.test.sql` : ending,
  ].join("/");
  const file = { path, text: "select 1" };
  const at = wholeFile(file);
  const common = { id, name, path, fqn: [...folders, leaf], tags, description: "", at };
  const relation = { schema: folders[0] ?? "public", name: leaf };
  const relationConfig = {
    enabled: true,
    schema: relation.schema,
    alias: undefined,
    tags,
    meta,
    grants: undefined,
    indexes: [],
    persistDocs: { relation: true, columns: true },
    settings: [],
    acceptsReplication: false,
  };
  if (sketch.kind === "source") {
    const [sourceName = ""] = name.split(".");
    return {
      ...common,
      kind: "source",
      sourceName,
      relation: { schema: sourceName, name: leaf },
      config: {
        enabled: true,
        tags,
        meta,
        eventTime: [],
        availability: { parent: undefined, isConstant: false, rows: undefined, columns: undefined },
        freshness: undefined,
        isFreshnessGate: false,
        contract: "enforced",
      },
      columns: [],
    };
  }
  if (sketch.kind === "seed")
    return {
      ...common,
      kind: "seed",
      relation,
      config: { ...relationConfig, columnTypes: new Map(), delimiter: ",", quoteColumns: false },
      hooks: noHooks,
      columns: [],
      constraints: [],
    };
  if (sketch.kind === "model")
    return {
      ...common,
      kind: "model",
      file,
      relation,
      config: {
        ...relationConfig,
        materialized: sketch.materialized ?? "table",
        uniqueKey: [],
        eventTime: [],
        known: "after",
        entity: [],
        storage: PLAIN_STORAGE,
        incremental: {
          strategy: "append",
          predicates: [],
          onSchemaChange: "ignore",
          updated: { kind: "all" },
          microbatch: undefined,
        },
        fullRefresh: undefined,
        contract: undefined,
        partitioning: undefined,
      },
      body: { pieces: [], references: [] },
      laterBody: undefined,
      hooks: noHooks,
      columns: [],
      constraints: [],
    };
  const [first] = parents;
  return {
    ...common,
    kind: "data-test",
    config: dataTestConfig(tags),
    attachedTo: sketch.testName === undefined || first === undefined ? undefined : idOf(first),
    column: undefined,
    test:
      sketch.testName === undefined
        ? { kind: "query", name: sketch.ownKind, body: { pieces: [], references: [] } }
        : { kind: "generic", name: sketch.testName, arguments: new Map() },
  };
};

const dataTestConfig = (tags: readonly string[]): DataTestConfig => ({
  enabled: true,
  severity: "error",
  where: undefined,
  limit: undefined,
  failCalc: undefined,
  warnIf: { operator: "!=", value: 0, isPercent: false },
  errorIf: { operator: "!=", value: 0, isPercent: false },
  scope: "delta",
  enforce: undefined,
  timeout: undefined,
  failures: DEFAULT_FAILURES,
  tags,
  meta: {},
});
