/** A source with what its files say of when its rows and columns are known, and with the query that has those times beside its rows. */
import type { Known } from "../../../domain/availability.ts";
import type { SourceNode } from "../../../domain/manifest.ts";
import type { RelationName } from "../../../domain/names.ts";
import { ident, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { TimeParts } from "./moments.ts";

export type Rule =
  | { readonly kind: "always" }
  /** `time` is the event's, or an expression's over the row. */
  | { readonly kind: "timed"; readonly when: Known["when"]; readonly time: TimeParts };

/** An expression over the row, computed beside it under a name. */
type Computed = { readonly name: string; readonly sql: Sql };

/** Where the rows of a source stand: itself, or a copy of it. */
export type PlacedSource = {
  readonly node: SourceNode;
  readonly relation: RelationName;
  /** Its primary key, else a unique index without NULLs; none: empty. */
  readonly key: readonly string[];
};

export type TimedRows = {
  readonly relation: RelationName;
  /** Computed once beside the row; `time` of the rules refers to these names. */
  readonly computed: readonly Computed[];
  /** What has the event's time, where this one has not: joined as `p`. */
  readonly parent:
    | {
        readonly relation: RelationName;
        readonly on: readonly { readonly own: string; readonly parent: string }[];
        readonly computed: readonly Computed[];
      }
    | undefined;
};

export type RuledColumn = {
  readonly name: string;
  readonly type: string;
  /** The type beneath a domain. */
  readonly base: string;
  readonly isEnum: boolean;
  /** Undefined: a key, a time, or part of one: never masked. */
  readonly rule: Rule | undefined;
  /** Named in a time, of the event or of a rule. */
  readonly isInTime: boolean;
};

export type RuledSource = TimedRows & {
  readonly node: SourceNode;
  readonly key: readonly string[];
  /** Of the event: members of `computed`, its own or its parent's; empty where nobody said when it took place. */
  readonly event: TimeParts;
  /** What tells events apart, so that the rows of one event, in all sources, are hidden or changed together. */
  readonly eventKey: readonly string[];
  readonly rows: Rule;
  readonly columns: readonly RuledColumn[];
};

/** Its rows as `s`, with what is computed of them, and those of its parent as `p`. */
export const ownAndParentSql = ({ computed, parent, relation: place }: TimedRows): Sql => {
  const joined = parent === undefined ? sql`` : parentSql(parent);
  return sql`(select t.*${computedSql(computed)} from ${relation(place)} as t) as s${joined}`;
};

const computedSql = (computed: TimedRows["computed"]): Sql =>
  joinSql(
    computed.map((c) => sql`, (${c.sql}\n) as ${ident(c.name)}`),
    sql``,
  );

const parentSql = ({ relation: place, on, computed }: NonNullable<TimedRows["parent"]>): Sql => {
  const condition = joinSql(
    on.map(({ own, parent }) => sql`p.${ident(parent)} = s.${ident(own)}`),
    sql` and `,
  );
  return sql` left join (select t.*${computedSql(computed)} from ${relation(place)} as t) as p on ${condition}`;
};
