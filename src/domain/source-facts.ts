/** What the database and the run's own SQL say of columns that sources declare. */
import type { NodeId } from "./names.ts";
import type { Origin } from "./source.ts";

export type SourceFacts = {
  /** By relationKey; a relation that is not in it was not looked at, or is not there. */
  readonly columns: ReadonlyMap<string, readonly FoundColumn[]>;
  /** Declared types, without length and precision, as the server writes them; undefined: it knows no such type. */
  readonly types: ReadonlyMap<string, string | undefined>;
  /** Of declared columns that are not there. */
  readonly uses: readonly ColumnUse[];
};

export type FoundColumn = {
  readonly name: string;
  /** `numeric(10,2)` */
  readonly type: string;
  /** `numeric` */
  readonly bareType: string;
};

export type ColumnUse = {
  readonly source: NodeId;
  readonly column: string;
  /** The model, snapshot or test whose SQL it is. */
  readonly by: NodeId;
  /** `all`: a `*` takes it with the others. `join`: by `using`, which has no place of its own. */
  readonly how: "name" | "all" | "join" | "test";
  readonly origin: Origin | undefined;
};

/** Nobody looked, or nothing was to be looked at. */
export const NO_SOURCE_FACTS: SourceFacts = { columns: new Map(), types: new Map(), uses: [] };

/** Length and precision stand in the midst of some types: `timestamp(3) with time zone`, `varchar(10)[]`. */
export const typeParts = (type: string): { readonly bare: string; readonly precision: string | undefined } => {
  const [whole, before = "", inside = "", after = ""] = /^([^("]*)\(([^()]*)\)(.*)$/s.exec(type.trim()) ?? [];
  if (whole === undefined) return { bare: type.trim(), precision: undefined };
  return { bare: `${before.trim()}${after}`, precision: inside.replaceAll(/\s/g, "") };
};
