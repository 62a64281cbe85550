/** A photograph of the database, as far as planning a run needs it. */
import type { LockTable } from "./lock-table.ts";
import type { RelationName } from "./names.ts";
import type { DeclaredObjects, Standing } from "./standing.ts";

export type RelationKind =
  | "table"
  | "view"
  | "materialized view"
  | "partitioned table"
  | "foreign table"
  | "sequence"
  | "index"
  | "composite type";

export type CatalogRelation = {
  readonly name: RelationName;
  readonly kind: RelationKind;
  readonly owner: string;
  /** Whether the role of the run may hand a relation to this owner (and so replace what it owns). */
  readonly isOwnerReachable: boolean;
  /** Without the right to create in the schema nothing there can be handed to the owner. */
  readonly canOwnerCreate: boolean;
  /** The node that the bookkeeping says it was published for; undefined: Galley did not make it. */
  readonly recordedFor: string | undefined;
  /** What its publish made on it; undefined: not known, from before that was recorded. */
  readonly objects: DeclaredObjects | undefined;
  /** How many it is cut into. */
  readonly partitions: number;
};

/**
 * Something that hangs on a live relation and would be lost, or would block, if that relation were replaced. What hangs
 * on a materialized view hangs on what that is made of as well: it is built anew with it.
 */
export type Dependent = {
  readonly on: RelationName;
  readonly kind:
    | "view"
    | "materialized view"
    | "foreign key"
    | "policy"
    | "rule"
    | "statistics object"
    | "partition"
    /** Its body, or the default of an argument, names the relation: it can be made again in place. */
    | "function"
    | "function on its type"
    | "default"
    | "extension"
    | "column of its type"
    | "type"
    | "object";
  /** As a person would call it: `reports.daily`, `bets_fkey on raw.bets`. */
  readonly name: string;
  /** The relation it stands on or is, where there is one: a dependent that is itself replaced in the run is none. */
  readonly relation: RelationName | undefined;
  /** Whose right it takes to point it at another relation. */
  readonly right: DependentRight | undefined;
  /** What an incoming foreign key refers to; of anything else none. */
  readonly columns: readonly string[];
};

type DependentRight = {
  readonly owner: string;
  readonly isOwnerReachable: boolean;
  readonly schema: string;
  /** The role may create in that schema, which it takes to replace a view or a function. */
  readonly canCreate: boolean;
};

type RecordedRelation = {
  readonly name: RelationName;
  readonly nodeId: string;
  readonly kind: string;
  /** The run that published it. */
  readonly runId: string;
  /** When the rows that stand were read: of a microbatch model by the last run that followed the schedule. */
  readonly readAt: Date | undefined;
};

/** A row-level data test that passed on all rows of an incremental model, in the run that published them. */
type RecordedProof = { readonly test: string; readonly runId: string; readonly fingerprint: string };

/** A name of a schema that no relation has. */
export type NamedObject = RelationName & {
  readonly kind: "index" | "type";
  /** The relation that it belongs to, and goes with; of a partition the whole. */
  readonly on: RelationName | undefined;
};

export type Catalog = {
  /** As server_version_num. */
  readonly serverVersion: number;
  readonly role: string;
  readonly database: string;
  readonly canCreateSchemas: boolean;
  readonly locks: LockTable;
  readonly schemas: ReadonlyMap<string, { readonly owner: string; readonly canCreate: boolean }>;
  /** By relationKey. */
  readonly relations: ReadonlyMap<string, CatalogRelation>;
  readonly dependents: readonly Dependent[];
  /** What stands on the relations of the project's nodes. */
  readonly standing: readonly Standing[];
  /** Indexes and types of the schemas that the run writes. */
  readonly named: readonly NamedObject[];
  /** Names of the server's roles. */
  readonly roles: ReadonlySet<string>;
  readonly recorded: readonly RecordedRelation[];
  readonly proofs: readonly RecordedProof[];
};
