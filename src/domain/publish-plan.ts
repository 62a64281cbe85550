/** What goes over to live when all is built and tested, and what is carried over with it. */
import type { DeltaStep } from "./build-steps.ts";
import type { Grants } from "./config.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { ConstraintStep } from "./rule.ts";
import type { Span } from "./source.ts";
import type { Sql } from "./sql.ts";
import type { DeclaredObjects, StandingSetting } from "./standing.ts";

/** Declared by descriptions; what stood on live is carried over where there are none. */
export type DeclaredComments = {
  readonly relation: string | undefined;
  readonly columns: readonly { readonly name: string; readonly text: string; readonly at: Span }[];
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
  readonly comments: DeclaredComments;
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
