/** A source as a check may hide and change it: its columns, each with when it is known and what values it takes. */
import type { SourceNode } from "../../../domain/manifest.ts";
import type { NodeId } from "../../../domain/names.ts";
import type { Sql } from "../../../domain/sql.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import type { Rule, RuledSource, TimedRows } from "../known/ruled-source.ts";

/** How another value of a column is made. `others`: picked among those that it has. */
export type ValueKind =
  | { readonly kind: "integer" | "number" | "float"; readonly low: string; readonly high: string }
  | { readonly kind: "boolean" | "uuid" | "bytea" | "interval" | "text" }
  | { readonly kind: "date" | "timestamp"; readonly low: string; readonly days: number }
  | { readonly kind: "others"; readonly values: readonly string[] }
  /** A time by which something is known, or what goes with time as a season does: any other is later still. `most` days or units. */
  | { readonly kind: "later"; readonly of: "date" | "timestamp" | "number"; readonly most: number }
  /** The same of texts; `values` in the server's order, none where they are too many. What is last is hidden. */
  | { readonly kind: "later text"; readonly values: readonly string[] }
  /** There is no other value of such a type to be made up: it is hidden instead. */
  | { readonly kind: "hidden" };

/** Other values of a time are later ones. */
export const laterThan = (value: ValueKind): ValueKind => {
  switch (value.kind) {
    case "date":
    case "timestamp":
      return { kind: "later", of: value.kind, most: Math.min(value.days, LONGEST_WAIT) };
    case "integer":
    case "number":
    case "float": {
      const range = Math.ceil(Number(value.high) - Number(value.low));
      return {
        kind: "later",
        of: "number",
        most: Number.isFinite(range) ? Math.min(Math.max(range, 1), LONGEST_WAIT) : 1,
      };
    }
    case "text":
      return { kind: "later text", values: [] };
    case "others":
      return { kind: "later text", values: value.values };
    case "later":
    case "later text":
      return value;
    case "boolean":
    case "uuid":
    case "bytea":
    case "interval":
    case "hidden":
      return { kind: "hidden" };
    default:
      return unreachable(value);
  }
};

const LONGEST_WAIT = 365;

export type MaskedColumn = {
  readonly name: string;
  readonly type: string;
  /** Undefined: a key, a time, or part of one: never masked. */
  readonly rule: Rule | undefined;
  readonly value: ValueKind;
};

export type MaskedSource = TimedRows &
  Pick<RuledSource, "event" | "eventKey" | "rows"> & {
    readonly node: NodeId;
    readonly name: string;
    /**
     * Whether a row was known no later than its event takes place, by a time of its own: a fixture. Before that there is nothing
     * of it that could be otherwise; it is absent however it is probed. Undefined: none is.
     */
    readonly isAnnounced: Sql | undefined;
    readonly columns: readonly MaskedColumn[];
  };

/** Something of a source that is not known at once: a column, or its rows' being there. */
export type Carrier = { readonly source: NodeId; readonly column: string | undefined };

/**
 * A source that announces its rows, or says of some columns that they are known later, is, for the rest, a list of what will
 * take place: its rows carry that. Of one that says it of its rows alone each column is told apart.
 */
export const carriersOf = (source: MaskedSource): readonly Carrier[] => {
  const timed = source.columns.filter((c) => c.rule?.kind === "timed");
  const rows = source.rows.kind === "timed" ? [{ source: source.node, column: undefined }] : [];
  const isList = timed.length > 0 || rows.length === 0 || source.isAnnounced !== undefined;
  const told = isList ? timed : source.columns.filter((c) => c.rule !== undefined);
  return [...rows, ...told.map(({ name }) => ({ source: source.node, column: name }))];
};

/** Whether a column is what its row's being there carries. */
export const goesWithRow = (source: MaskedSource, column: string): boolean =>
  !carriersOf(source).some((c) => c.column === column);

/** `raw.matches.home_score`, or `raw.matches (its rows)` */
export const carrierText = (source: Pick<SourceNode, "name"> | undefined, { column }: Carrier): string =>
  column === undefined ? `${source?.name} (its rows)` : `${source?.name}.${column}`;
