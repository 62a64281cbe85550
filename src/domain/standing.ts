/** What stands on a live relation and would not be made again by building it anew: an index, a policy, a default. */
import type { RelationName } from "./names.ts";
import type { Sql } from "./sql.ts";

export type Standing = StandingSetting | StandingObject | StandingKey | Unmovable;

type Common = {
  readonly on: RelationName;
  /** As a person would call it, with `name`: `policy p`, `storage option fillfactor`. */
  readonly kind: string;
  readonly name: string;
};

/** Carried by statements. */
export type StandingSetting = Common & {
  readonly stage: "setting";
  /** What it speaks of: it goes where that goes. */
  readonly needs: Needs;
  /** On the old relation, before it is parked. */
  readonly before: readonly Sql[];
  /** On the workspace relation, when its data, constraints and indexes are there. */
  readonly workspace: readonly Sql[];
  /** On the new relation under its final name. */
  readonly publish: readonly Sql[];
  /** The same on the workspace relation, to be rolled back: whether it fits is known before live is locked. */
  readonly trial: readonly Sql[];
};

type Needs =
  | { readonly kind: "nothing" }
  | { readonly kind: "column"; readonly column: string }
  /** An index or constraint of the relation, declared or standing there itself. */
  | { readonly kind: "object"; readonly object: string };

/** An index or a constraint: made in the workspace like a declared one, so that what violates it shows before publish. */
export type StandingObject = Common & { readonly stage: "object"; readonly columns: readonly string[] } & (
    | {
        readonly object: "index";
        readonly isUnique: boolean;
        /** From USING on. */
        readonly tail: Sql;
        readonly keys: readonly Sql[];
        readonly where: Sql | undefined;
      }
    | {
        readonly object: "primary_key" | "unique" | "check" | "exclude" | "not_null";
        /** After ADD CONSTRAINT and its name; undefined: before 18 a not-null constraint has no name. */
        readonly definition: Sql | undefined;
        /** What a row must fulfil; undefined: rows that stand there already are not looked at, or it is no check. */
        readonly expression: Sql | undefined;
      }
  );

/** A foreign key to another relation, made last. */
export type StandingKey = Common & {
  readonly stage: "key";
  readonly columns: readonly string[];
  readonly to: RelationName;
  readonly toColumns: readonly string[];
  /** Around the name of the referenced relation. */
  readonly head: Sql;
  readonly tail: Sql;
  readonly isValidated: boolean;
};

/** Cannot be carried, so that the run is refused. */
type Unmovable = Common & {
  readonly stage: "unmovable";
  /** Carried after all where the model or project says so. */
  readonly unless: "replication accepted" | "never";
  readonly reason: string;
  readonly help: string;
};

/** Names of what a node declares and a publish makes: what stands beside it on live is somebody's, and is carried over. */
export type DeclaredObjects = {
  readonly indexes: readonly string[];
  readonly constraints: readonly string[];
  /** By column: before 18 a not-null constraint has no name. */
  readonly not_null: readonly string[];
  /** `storage option fillfactor` */
  readonly settings: readonly string[];
};
