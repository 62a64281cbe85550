/** What the project means: nodes, their relations, their edges, their order. A Manifest has no unknown name and no loop. */
import type { Known } from "./availability.ts";
import type {
  DataTestConfig,
  FailuresConfig,
  ModelConfig,
  SeedConfig,
  SnapshotConfig,
  SourceConfig,
} from "./config.ts";
import type { NodeHooks, RunHooks } from "./hooks.ts";
import type { IngestMapping } from "./ingest.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { Rendered } from "./rendered.ts";
import type { Located, SourceFile, Span } from "./source.ts";
import type { Target } from "./target.ts";
import type { PlainValue } from "./tree.ts";
import type { Fixture, Given, UnitTestConfig, UnitTestSubject } from "./unit-test.ts";

export type Node = RelationNode | TestNode;

/** What a reference may mean. */
export type RelationNode = ModelNode | SeedNode | SnapshotNode | SourceNode;

type TestNode = DataTestNode | UnitTestNode;

type NodeCommon = {
  readonly id: NodeId;
  readonly name: string;
  /** The file's path relative to the project: for a source or a generic test its property file. */
  readonly path: string;
  /** Folder names below models/ or seeds/, then the name: what folder selection matches. */
  readonly fqn: readonly string[];
  readonly tags: readonly string[];
  readonly description: string;
  /** Where the node is declared. */
  readonly at: Span;
};

export type ModelNode = NodeCommon & {
  readonly kind: "model";
  readonly file: SourceFile;
  /** The live relation; an ephemeral model has the name it would have. */
  readonly relation: RelationName;
  readonly config: ModelConfig;
  /** Where `is_incremental` is false. */
  readonly body: Rendered;
  /** Of an incremental model, where `is_incremental` is true: the query of the new rows. */
  readonly laterBody: Rendered | undefined;
  readonly hooks: NodeHooks;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
};

export type SeedNode = NodeCommon & {
  readonly kind: "seed";
  readonly relation: RelationName;
  readonly config: SeedConfig;
  readonly hooks: NodeHooks;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
};

/** The history of another relation's rows: each version with the time from when to when it held. */
export type SnapshotNode = NodeCommon & {
  readonly kind: "snapshot";
  readonly relation: RelationName;
  readonly config: SnapshotConfig;
  /** All rows of the relation that is watched, as they are now. */
  readonly body: Rendered;
  readonly hooks: NodeHooks;
  readonly columns: readonly Column[];
  /** None: its table is never made anew, so what is declared of it is tested instead. */
  readonly constraints: readonly [];
};

export type SourceNode = NodeCommon & {
  readonly kind: "source";
  readonly sourceName: string;
  readonly relation: RelationName;
  readonly config: SourceConfig;
  readonly columns: readonly Column[];
};

export type DataTestNode = NodeCommon & {
  readonly kind: "data-test";
  readonly config: DataTestConfig;
  /** The node whose rows are judged; a singular test stands on all that it refers to. */
  readonly attachedTo: NodeId | undefined;
  readonly column: string | undefined;
  readonly test:
    | { readonly kind: "generic"; readonly name: string; readonly arguments: ReadonlyMap<string, TestArgument> }
    /** A query of failing rows: a singular test, or an own generic test after its parameters are filled in: `name` is its kind. */
    | { readonly kind: "query"; readonly name: string | undefined; readonly body: Rendered };
};

export type UnitTestNode = NodeCommon & {
  readonly kind: "unit-test";
  readonly config: UnitTestConfig;
  readonly subject: UnitTestSubject;
  readonly given: readonly Given[];
  readonly expect: Fixture;
  /** Paths of the fixture files that it is made of. */
  readonly files: readonly string[];
};

/** An argument of a generic test, read after the kind's own parameter list. */
export type TestArgument =
  | { readonly kind: "value"; readonly value: PlainValue; readonly span: Span }
  | { readonly kind: "reference"; readonly node: NodeId; readonly span: Span };

export type Column = {
  readonly name: string;
  readonly description: string;
  readonly dataType: Located<string> | undefined;
  readonly known: Known | undefined;
  /** A number without meaning, which may change with each build. */
  readonly isSurrogate: boolean;
  readonly meta: { readonly [key: string]: PlainValue };
  readonly span: Span;
};

/** Names are final: given by the author, or PostgreSQL's own form (`t_pkey`, `t_a_b_key`, `t_a_fkey`, `t_a_check`). */
export type Constraint = { readonly name: string; readonly span: Span } & (
  | { readonly kind: "primary_key" | "unique"; readonly columns: readonly string[] }
  | { readonly kind: "not_null"; readonly column: string }
  | { readonly kind: "check"; readonly expression: Located<string> }
  | {
      readonly kind: "foreign_key";
      readonly columns: readonly string[];
      readonly to: NodeId;
      readonly toColumns: readonly string[];
    }
);

export type Manifest = {
  readonly projectName: string;
  readonly target: Target;
  readonly nodes: ReadonlyMap<NodeId, Node>;
  /** Data edges only: refs and sources of a body and of its hooks; a test's parents are what it reads. Foreign keys are no edges. */
  readonly parents: ReadonlyMap<NodeId, readonly NodeId[]>;
  readonly children: ReadonlyMap<NodeId, readonly NodeId[]>;
  /** Topological, stable among equals by id. */
  readonly order: readonly NodeId[];
  readonly mappings: readonly IngestMapping[];
  readonly onRun: RunHooks;
  /** Of what is no data test of the project: a violated constraint. */
  readonly failures: FailuresConfig;
  /** Names switched off by `enabled: false`, for messages. */
  readonly disabled: ReadonlySet<string>;
};

/** Nodes that have a relation of their own to build. */
export type BuiltNode = ModelNode | SeedNode | SnapshotNode;

export const isTest = (node: Node | undefined): node is TestNode =>
  node?.kind === "data-test" || node?.kind === "unit-test";

export const isBuilt = (node: Node): node is BuiltNode =>
  node.kind === "seed" ||
  node.kind === "snapshot" ||
  (node.kind === "model" && node.config.materialized !== "ephemeral");

/** What tells a node's rows apart, for people: its unique_key, else its primary key, else its first unique constraint. */
export const keyOf = (node: Node | undefined): readonly string[] => {
  if (node === undefined || node.kind === "source" || isTest(node)) return [];
  if (node.kind === "snapshot") return [...node.config.uniqueKey, node.config.columnNames.validFrom];
  if (node.kind === "model" && node.config.uniqueKey.length > 0) return node.config.uniqueKey;
  const keys = node.constraints.flatMap((c) => (c.kind === "primary_key" || c.kind === "unique" ? [c] : []));
  return (keys.find((c) => c.kind === "primary_key") ?? keys[0])?.columns ?? [];
};

/** The column that says when a row's event took place; undefined: nobody said which that is. */
export const eventTimeOf = (node: Node | undefined): string | undefined =>
  node?.kind === "model" || node?.kind === "source" ? node.config.eventTime[0] : undefined;
