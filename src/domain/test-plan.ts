/** How data tests will be decided: by what the catalog says, or by statements that read rows. It can be printed before. */
import type { CompiledTest } from "./compiled.ts";
import type { ProvedTest } from "./plan.ts";
import type { Sql } from "./sql.ts";
import type { TestFacts } from "./test-facts.ts";

type TestPlan = {
  readonly proved: readonly ProvedTest[];
  readonly statements: readonly TestStatement[];
};

/** `select` of its checks `from` something: the rows of a relation, their hashes, or the failing rows of one test. */
export type TestStatement = {
  /** Tests that name the same statement have shared it. */
  readonly name: string;
  readonly from: Sql;
  /** `rows`: what it reads are rows of the relation, and their number is worth knowing. */
  readonly reads: "rows" | "failures";
  readonly checks: readonly TestCheck[];
  /** Small ones go many to a message, a big one has a message to itself. */
  readonly size: "small" | "big";
};

/** Values of another relation, looked up before the scan: among constants the server finds a value in a fraction of the time. */
export type Lookup = {
  /** Of the values. */
  readonly type: Sql;
  /** A query of one column without NULL. */
  readonly keys: Sql;
  /** The check's failures, given an array of the values. */
  readonly failures: (keys: Sql) => Sql;
};

export type TestCheck = {
  /** They ask the same of the same rows, and are asked once. */
  readonly tests: readonly CompiledTest[];
  /** An aggregate: of failures, and of the rows judged. `all rows`: those that the statement reads, which it counts anyway. */
  readonly failures: Sql;
  readonly judged: Sql | "all rows" | undefined;
  /** The same failures another way, which pays on a big relation. */
  readonly lookup?: Lookup;
  /** As a person would say it. */
  readonly how: "scan" | "scan of the new rows" | "hashes" | "counts" | "values" | "query";
  /** What decides if there are failures: hashes prove that keys differ, and not that they are the same. */
  readonly onFailure: (() => TestStatement) | undefined;
};

/** Pure; whoever runs tests is handed it, and asks for the facts first. */
export type PlanTests = (tests: readonly CompiledTest[], facts: TestFacts) => TestPlan;
