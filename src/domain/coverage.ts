/** How much of a project is tested and described, relation by relation: the shares, what is missing, and the least that is asked for. */
import type { NodeId } from "./names.ts";
import type { Span } from "./source.ts";

export const COVERAGE_KINDS = ["tests", "descriptions", "keys", "relationships"] as const;
export type CoverageKind = (typeof COVERAGE_KINDS)[number];

export type Share = { readonly covered: number; readonly of: number };
export type Shares = Readonly<Record<CoverageKind, Share>>;

/** No columns: the relation itself, or a key that nobody knows. `to`: the column that a foreign key would refer to. */
export type Gap = { readonly columns: readonly string[]; readonly to: string | undefined };

export type CoveredRelation = {
  readonly node: NodeId;
  readonly name: string;
  readonly kind: "model" | "seed" | "snapshot" | "source";
  /** Where its columns are declared, else where it is itself. */
  readonly at: Span;
  readonly columns: readonly string[];
  /** `more`: it may have others, behind a `*` over what nobody declares. */
  readonly columnsKnown: "all" | "more";
  readonly unitTests: number;
  /** `units`: nothing looks at its rows, and unit tests ask its SQL. */
  readonly testedBy: "data" | "units" | "nothing";
  readonly shares: Shares;
  readonly missing: Readonly<Record<CoverageKind, readonly Gap[]>>;
};

export type Coverage = {
  /** Where columns and constraints are known from: the project's files alone, or the database as well. */
  readonly from: "files" | "database";
  readonly relations: readonly CoveredRelation[];
  readonly totals: Shares;
  /** In per cent; empty where nothing is asked for. */
  readonly least: LeastCoverage;
};

/** In per cent, by kind; kinds that are not named may be as they are. */
export type LeastCoverage = ReadonlyMap<CoverageKind, number>;

/** Of nothing, all is covered. Cut and not rounded: 79.96 % is no 80. */
export const percentOf = ({ covered, of }: Share): number => (of === 0 ? 100 : Math.floor((1000 * covered) / of) / 10);

/** `80`, or `tests=80,descriptions=50`; a text is what is wrong with it. */
export const leastCoverage = (written: string): LeastCoverage | string => {
  const least = new Map<CoverageKind, number>();
  for (const part of written.split(",").map((p) => p.trim())) {
    const [, name, number] = /^(?:([^=]*?)\s*=\s*)?(\d{1,3}(?:\.\d+)?)\s*%?$/.exec(part) ?? [];
    const percent = Number(number);
    if (number === undefined || percent > 100) return `"${part}" is no percentage`;
    const kind = COVERAGE_KINDS.find((known) => known === name);
    if (name !== undefined && kind === undefined) return `there is no coverage of "${name}"`;
    for (const of of kind === undefined ? COVERAGE_KINDS : [kind]) least.set(of, percent);
  }
  return least;
};
