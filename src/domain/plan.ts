/** All that a run will do, decided before it does anything: tasks with their edges, then publish. It can be printed. */
import type { BatchSize, Window } from "./batch.ts";
import type { CompiledTest } from "./compiled.ts";
import type { CompiledUnitTest, CompiledUnitTests } from "./compiled-unit-test.ts";
import type { Grants, IncrementalConfig, NodeSetting, SnapshotConfig } from "./config.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { FreshnessCheck } from "./freshness.ts";
import type { CompiledHook, NodeHooks, RunHooks } from "./hooks.ts";
import type { SeedNode } from "./manifest.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { Partitioning } from "./partitioning.ts";
import type { Located, Span } from "./source.ts";
import type { Sql } from "./sql.ts";
import type { DeclaredObjects, StandingSetting } from "./standing.ts";
import type { Storage } from "./storage.ts";

declare const brand: unique symbol;
export type TaskId = string & { readonly [brand]: "TaskId" };
export const taskId = (id: string): TaskId => id as TaskId;

export type Plan = {
  readonly tasks: ReadonlyMap<TaskId, PlanTask>;
  /** Task → the tasks that must have succeeded before it starts. */
  readonly parents: ReadonlyMap<TaskId, readonly TaskId[]>;
  /** Where the columns of what unit tests are given come from. */
  readonly shapes: CompiledUnitTests["shapes"];
  /** Schemas that the run writes, in sorted order: each gets its workspace and its exclusive lock. */
  readonly writes: readonly string[];
  /** Schemas of Galley's that the run reads on live: shared locks. */
  readonly reads: readonly string[];
  readonly publish: PublishPlan;
  /** Sources whose rows must not be too old, looked at before anything is built. */
  readonly gates: readonly FreshnessCheck[];
  /** Before anything is built, and when all has ended. */
  readonly onRun: RunHooks<CompiledHook>;
  /** Relations that Galley made and whose model is gone. */
  readonly orphans: readonly { readonly relation: RelationName; readonly nodeId: string }[];
  /** Unselected nodes below what is rebuilt: they go on showing the day of their own build. */
  readonly stale: readonly NodeId[];
  /** What is left undone on purpose, and why. */
  readonly notes: readonly Diagnostic[];
};

export type PlanTask =
  | BuildTask
  /** Data tests that stand on several nodes or on a source, run by themselves. */
  | {
      readonly kind: "tests";
      readonly id: TaskId;
      readonly tests: readonly CompiledTest[];
      readonly relation: Sql | undefined;
    }
  /** A foreign key between two nodes of the run of which neither is built from the other. */
  | {
      readonly kind: "foreign-key";
      readonly id: TaskId;
      readonly constraint: ConstraintStep;
      /** Both ends, sorted: two keys that are made at once lock them in the same order. */
      readonly tables: readonly RelationName[];
    }
  /** Those of one model, before that is built; `node` undefined: of queries of their own. */
  | {
      readonly kind: "unit-tests";
      readonly id: TaskId;
      readonly node: NodeId | undefined;
      readonly tests: readonly CompiledUnitTest[];
    }
  /** Contracts of models that read nothing of the run, looked at before anything is built. */
  | {
      readonly kind: "contracts";
      readonly id: TaskId;
      /** `schema`: the workspace that each is looked at in. */
      readonly contracts: readonly { readonly contract: ContractStep; readonly schema: string }[];
      /** The relations that they are of, for `plan`. */
      readonly names: readonly string[];
    };

export type UnitTestsTask = Extract<PlanTask, { kind: "unit-tests" }>;

export type TestsTask = Extract<PlanTask, { kind: "tests" }>;

export type BuildTask = {
  readonly kind: "build";
  readonly id: TaskId;
  readonly node: NodeId;
  /** Where the node is written. */
  readonly at: Span;
  readonly relation: RelationName;
  readonly workspace: RelationName;
  readonly materialized: string;
  readonly relationKind: "table" | "view" | "materialized view";
  /** `create`, `replace`, `replace view` …: for `plan`. */
  readonly action: string;
  readonly because: string;
  /** What `plan` says besides: the reason for a first build, what publish will do once more. */
  readonly remarks: readonly string[];
  /** Held to as the first step, before the data. */
  readonly contract: ContractStep | undefined;
  readonly data: DataStep;
  /** Declared by descriptions; what stood on live is carried over where there are none. */
  readonly comments: {
    readonly relation: string | undefined;
    readonly columns: readonly { readonly name: string; readonly text: string; readonly at: Span }[];
  };
  /** Indexes and constraints of the new relation, in the order in which they are made. */
  readonly constraints: readonly ConstraintStep[];
  /** What is declared and made elsewhere, on live or in publish: here its rows are only looked at. */
  readonly checks: readonly ConstraintStep[];
  /** What stands on the relation that is replaced, and is set on the new one before it is analysed. */
  readonly standing: readonly StandingSetting[];
  readonly isAnalyzed: boolean;
  /** In the transaction of its data, and outside of its transactions. */
  readonly hooks: NodeHooks<CompiledHook>;
  /** Settings of the server for all of the node's transactions; its tests run without them. */
  readonly settings: readonly NodeSetting[];
  /** Tests that only need this node and what it is built from. */
  readonly tests: readonly CompiledTest[];
  /** Tests whose answer needs no query, and what gives it. */
  readonly proved: readonly ProvedTest[];
  readonly fingerprint: string;
  /** Hash of all that the relation is made of: SQL, config, seed file, and what it reads. The same: it need not be built again. */
  readonly inputs: string;
};

export type ProvedTest = {
  readonly test: CompiledTest;
  readonly by: string;
  /** The constraint that stands for it: if that cannot be made, this test has failed. */
  readonly constraint: string | undefined;
};

export type ContractStep = {
  readonly node: NodeId;
  readonly query: Sql;
  readonly columns: readonly { readonly name: string; readonly dataType: Located<string> }[];
  readonly at: Span;
};

export type DataStep =
  | { readonly kind: "statements"; readonly statements: readonly Sql[] }
  /** The partitions are found from the rows, or are declared. */
  | {
      readonly kind: "partitioned";
      readonly query: Sql;
      readonly partitioning: Partitioning;
      readonly storage: Storage;
      /** Names of the schema that no partition may have. */
      readonly taken: readonly string[];
    }
  | { readonly kind: "seed"; readonly seed: SeedNode }
  /** A microbatch model that is built whole: `create` makes its empty table. */
  | { readonly kind: "batches"; readonly create: readonly Sql[]; readonly batches: BatchPlan }
  | { readonly kind: "delta"; readonly step: DeltaStep }
  | { readonly kind: "snapshot"; readonly snapshot: SnapshotStep };

/** The new rows of an incremental model or of a history, and how they come to those that stand on live. */
export type DeltaStep = {
  readonly query: Sql;
  readonly live: RelationName;
  /** The view on all rows as they will be, under the model's own name in the workspace. */
  readonly overlay: RelationName;
  /** The table of the new rows, beside it. */
  readonly delta: RelationName;
  /** The columns that tell which live rows are replaced; none for `append`. */
  readonly key: readonly string[];
  readonly predicates: readonly Sql[];
  /** Names of the declared ones, which stand on live. */
  readonly foreignKeys: readonly string[];
  /** `history`: versions end, then those begin that follow them; at no moment do two of a key hold. */
  readonly strategy: IncrementalConfig["strategy"] | "history";
  /** Of a microbatch model: the rows of their windows replace those of live. */
  readonly batches: BatchPlan | undefined;
} & Omit<IncrementalConfig, "predicates" | "strategy" | "microbatch">;

/** The windows that a microbatch model is built by, each in a transaction of its own. */
export type BatchPlan = {
  /** In order and without gaps. */
  readonly windows: readonly Window[];
  readonly size: BatchSize;
  /** The column of the model's rows that must lie within the window. */
  readonly eventTime: string;
  /** With marks for the bounds. `first`: of the first batch where no rows stand, in which `is_incremental` is false. */
  readonly query: Sql;
  readonly first: Sql | undefined;
  /** Side by side; else one after the other, since each reads what those before have made. */
  readonly isConcurrent: boolean;
  /** The command line named the windows, which says nothing of the time up to which the model is built. */
  readonly isAsked: boolean;
};

/** All that the windows span; undefined: there are none. */
export const spanOf = ({ windows }: BatchPlan): Window | undefined => {
  const [first, last] = [windows[0], windows.at(-1)];
  return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end };
};

export const batchesOf = (data: DataStep): BatchPlan | undefined => {
  if (data.kind === "batches") return data.batches;
  return data.kind === "delta" ? data.step.batches : undefined;
};

/** The versions that a snapshot gets: of all rows, or of those that changed since its last run. */
export type SnapshotStep = {
  /** All rows of what it watches, as they are now. */
  readonly query: Sql;
  readonly config: SnapshotConfig;
  /** The run's time. */
  readonly now: Sql;
  /** How the history that stands on live takes new versions, and the ends of those before; undefined: there is none yet. */
  readonly later: DeltaStep | undefined;
  /** What the rows must keep, or no version of them could be told from another. */
  readonly rules: readonly Rule[];
};

/** Something declared of a node's rows that they can break: then it is a failed data test. */
export type Rule = {
  readonly kind:
    | "index"
    | "unique index"
    | "primary_key"
    | "unique"
    | "not_null"
    | "check"
    | "exclude"
    | "foreign_key"
    | "unique_key"
    | "updated_at";
  readonly name: string;
  /** The node that carries it. */
  readonly node: NodeId;
  readonly columns: readonly string[];
  /** The rows that violate it; undefined where nothing does, as with a plain index, or where no query says it. */
  readonly violations: Sql | undefined;
  readonly at: Span;
};

export type ConstraintStep = Rule & {
  /**
   * `standing`: nobody declares it, somebody put it on the relation that is replaced. `outside`: on a table of somebody's
   * that refers to it.
   */
  readonly origin: "declared" | "standing" | "outside";
  readonly relation: RelationName;
  /** An action of ALTER TABLE is joined with the relation's others, so that one scan serves them all. */
  readonly change: { readonly kind: "action" | "statement"; readonly sql: Sql };
};

/** What goes over in one transaction. */
export type PublishPart = {
  readonly nodes: readonly NodeId[];
  /** Entries of the server's lock table that it takes, at most. */
  readonly locks: number;
};

export type PublishPlan = {
  /** In order. More than one only where the project allows it and the server's lock table is too small for one. */
  readonly parts: readonly PublishPart[];
  /** Relations of the run that go over in other parts: what they are to each other is their own affair. */
  readonly elsewhere: readonly RelationName[];
  /** What is moved in, in place of what stands. */
  readonly relations: readonly PublishedRelation[];
  /** What stays where it stands and takes new rows, parents first. */
  readonly deltas: readonly PublishedDelta[];
  /** Views and materialized views of the workspace that see live through an overlay, parents first. */
  readonly rebound: readonly ReboundRelation[];
  /** Foreign keys to what takes new rows: made when those are there. */
  readonly keysAfterDeltas: readonly ConstraintStep[];
  /** The workspaces and parking places of the whole project: what stands there hangs on nothing. */
  readonly scaffolding: readonly string[];
  /** What stands on replaced relations and is carried by statements. */
  readonly standing: readonly StandingSetting[];
  /** What hangs on a replaced relation or stands on it, and goes over to the new one within the transaction. */
  readonly carried: readonly CarriedThing[];
  /** Foreign keys to relations outside the run: NOT VALID, then VALIDATE, as the last thing before publish. */
  readonly leavingForeignKeys: readonly LeavingForeignKey[];
};

export type CarriedThing = {
  /** The replaced relation. */
  readonly on: RelationName;
  /** As a person would call it, with `name`: `view`, `foreign key`, `policy`. */
  readonly kind: string;
  readonly name: string;
  /** What becomes of it: `re-pointed`, `made again`. */
  readonly how: string;
};

export type LeavingForeignKey = {
  readonly constraint: ConstraintStep;
  /** Undefined: it was never valid where it stands, and stays so. */
  readonly validate: Sql | undefined;
  readonly drop: Sql;
};

export type PublishedDelta = Pick<
  PublishedRelation,
  "node" | "name" | "materialized" | "objects" | "grants" | "hasHooks" | "fingerprint"
> & {
  readonly step: DeltaStep;
  /** Set on live, whose own build may be long ago. */
  readonly comments: BuildTask["comments"];
  /** Made on live: a history is never built anew, so what is declared of it later has no other moment. */
  readonly indexes: readonly Sql[];
};

/** Made again over live, once the new rows are there: the overlay goes with the workspace. */
export type ReboundRelation = {
  readonly node: NodeId;
  readonly workspace: RelationName;
  readonly kind: "view" | "materialized view";
  readonly statements: readonly Sql[];
};

export type PublishedRelation = {
  readonly node: NodeId;
  readonly name: RelationName;
  readonly newKind: "table" | "view" | "materialized view";
  readonly materialized: string;
  readonly oldKind: "table" | "view" | "materialized view" | undefined;
  /** Undefined: what stands on live is kept. */
  readonly grants: Grants | undefined;
  /** Its hooks may have granted and commented: that is kept beside what stands on live. */
  readonly hasHooks: boolean;
  readonly objects: DeclaredObjects;
  readonly fingerprint: string;
};
