/** SQL for each selected node, in which every reference has got its meaning in this run. */
import type { FailingRows } from "./contracts/data-test.ts";
import type { CompiledHook, NodeHooks, RunHooks } from "./hooks.ts";
import type { DataTestNode } from "./manifest.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { Sql } from "./sql.ts";

/** From where a run looks at its nodes: building, what it builds stands in the workspace; else all is read on live. */
export type RunView =
  | { readonly kind: "workspace"; readonly inRun: ReadonlySet<NodeId> }
  | { readonly kind: "live" }
  /** A check builds the past: sources and models stand where it put them, the rest on live. */
  | { readonly kind: "past"; readonly relations: ReadonlyMap<NodeId, RelationName> }
  /** A unit test: what is given stands in CTEs of these names. */
  | { readonly kind: "fixtures"; readonly ctes: ReadonlyMap<NodeId, string> };

/** What the SQL of a run depends on besides the project. */
export type CompileRun = { readonly view: RunView; readonly startedAt: Date; readonly invocationId: string };

/** What a reference means in this run: the answer of the one function that everything else hangs on. */
export type Resolution =
  | { readonly kind: "workspace"; readonly relation: RelationName }
  | { readonly kind: "live"; readonly relation: RelationName }
  | { readonly kind: "fixture"; readonly cte: string }
  /** An ephemeral model: its query becomes a CTE of whoever refers to it. */
  | { readonly kind: "inline"; readonly node: NodeId };

/** A model, or a snapshot: there the query is the relation that it watches. */
export type CompiledModel = {
  readonly id: NodeId;
  /** The whole query, CTEs of ephemeral parents merged in. */
  readonly query: Sql;
  /** Of an incremental model the query of the new rows, in which `{{this}}` is live; the other one builds it whole. */
  readonly later: Sql | undefined;
  /** Hash of the query with node ids in place of relation names. */
  readonly fingerprint: string;
  /** Live relations that the query reads: what is not in the run. */
  readonly readsLive: readonly NodeId[];
};

export type CompiledTest = {
  readonly node: DataTestNode;
  /** Undefined for a test that judges no single relation. */
  readonly relation: Sql | undefined;
  readonly failing: FailingRows;
  readonly where: Sql | undefined;
  /** Of an incremental model it may be only the new rows, where the others are known to hold. */
  readonly judges: "all rows" | "new rows";
  /** What later runs may know from a pass; undefined: nothing, for it says nothing of each row for good. */
  readonly proof: TestProof | undefined;
};

type TestProof = {
  /** Of all that makes up the test, so that another one is not taken for it. */
  readonly fingerprint: string;
  /** What has the columns of the judged rows. */
  readonly columnsOf: RelationName;
};

export type Compiled = {
  /** The run's time, which stands in its SQL too. */
  readonly startedAt: Date;
  readonly models: ReadonlyMap<NodeId, CompiledModel>;
  readonly tests: ReadonlyMap<NodeId, CompiledTest>;
  /** Of the nodes that have any. */
  readonly hooks: ReadonlyMap<NodeId, CompiledHooks>;
  readonly onRun: RunHooks<CompiledHook>;
};

export type CompiledHooks = NodeHooks<CompiledHook> & {
  /** Live relations that they name: what is not in the run. */
  readonly readsLive: readonly NodeId[];
};
