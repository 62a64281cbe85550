/** What is known when: of a source's rows and columns and of a model's columns, as a project's files say it. */
import type { Located, Span } from "./source.ts";

/** What a cut-off is held against. `event time` is the relation's own, or its parent's. */
export type Moment =
  | { readonly kind: "always" }
  | { readonly kind: "event time" }
  | { readonly kind: "expression"; readonly text: Located<string> };

/** Known at a cut-off T when its moment is not after T (`at`), or when it is before T (`after`). */
export type Known = { readonly when: "at" | "after"; readonly moment: Moment; readonly span: Span };

/** The row of another table of the same source that has the event's time. */
export type EventParent = {
  /** The table's name in the source. */
  readonly table: Located<string>;
  readonly on: readonly { readonly own: string; readonly parent: string }[];
};

/** Of a source. Nothing said of it at all: a check proves nothing of what reads it. */
export type Availability = {
  /** Where the source takes its `event_time` from, having none itself. */
  readonly parent: EventParent | undefined;
  /** An assumption, printed in each report. */
  readonly isConstant: boolean;
  readonly rows: Known | undefined;
  /** Of each column that says nothing itself. */
  readonly columns: Known | undefined;
};

/** Of a model's rows: a feature may use only what was before them; anything else may hold what happened. */
export type RowsKnown = "before" | "after";
