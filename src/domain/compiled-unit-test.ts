/** Unit tests with their queries, in which CTEs stand for all that is read, and what says which columns those CTEs have. */
import type { SeedNode, UnitTestNode } from "./manifest.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { Sql } from "./sql.ts";

/** A query with a place in front of its own CTEs for those of what it reads. */
export type OpenQuery = {
  /** The whole is `head`, CTEs, `tail`. */
  readonly head: Sql;
  readonly tail: Sql;
  /** Where there is no CTE to put in. */
  readonly query: Sql;
  /** What it reads, with the names of the CTEs that must stand for it. */
  readonly reads: ReadonlyMap<NodeId, string>;
};

export type ShapeColumn = {
  readonly name: string;
  /** As SQL writes it, lengths included. */
  readonly type: Sql;
};

/** What says which columns a node has, without a need for its relation to be there. */
export type ShapeSource =
  /** A contract. */
  | { readonly kind: "declared"; readonly columns: readonly ShapeColumn[] }
  /** A source: the catalog, or else what is declared of it. */
  | { readonly kind: "relation"; readonly relation: RelationName; readonly declared: readonly ShapeColumn[] }
  /** Its own query, asked over what that reads; or else what stands on live, or what is declared of it. */
  | {
      readonly kind: "query";
      readonly query: OpenQuery;
      readonly live: RelationName | undefined;
      readonly declared: readonly ShapeColumn[];
    }
  /** Its file. */
  | { readonly kind: "seed"; readonly seed: SeedNode };

export type CompiledUnitTest = {
  readonly node: UnitTestNode;
  /** The same object for tests that ask the same query. */
  readonly query: OpenQuery;
  /** Of inputs whose rows are a query. */
  readonly given: ReadonlyMap<NodeId, Sql>;
  readonly expected: Sql | undefined;
};

export type CompiledUnitTests = {
  readonly tests: ReadonlyMap<NodeId, CompiledUnitTest>;
  /** Of all that the tests are given and what the queries of that read; each after what it reads. */
  readonly shapes: ReadonlyMap<NodeId, ShapeSource>;
};
