/** All that a run will do, decided before it does anything: tasks with their edges, then publish. It can be printed. */
import type { ContractStep, DataStep } from "./build-steps.ts";
import type { CompiledTest } from "./compiled.ts";
import type { CompiledUnitTest, CompiledUnitTests } from "./compiled-unit-test.ts";
import type { NodeSetting } from "./config.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { FreshnessCheck } from "./freshness.ts";
import type { CompiledHook, NodeHooks, RunHooks } from "./hooks.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { DeclaredComments, PublishPlan } from "./publish-plan.ts";
import type { ConstraintStep } from "./rule.ts";
import type { Span } from "./source.ts";
import type { Sql } from "./sql.ts";
import type { StandingSetting } from "./standing.ts";

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
  readonly comments: DeclaredComments;
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
