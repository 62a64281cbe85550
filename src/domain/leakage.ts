/** What `galley check leakage` finds out: a verdict for each column of each feature, its evidence, and what was looked at. */
import type { NodeId } from "./names.ts";

/**
 * `clean`: no leak was found in what was looked at. `needs-outcome`: rows are there only once their own outcome is, and
 * hold nothing of it. `unstable`: differs from build to build by itself. `not-proved`: it could not be looked at.
 * `label`: known later, and so declared.
 */
export type LeakVerdict = "clean" | "leak" | "needs-outcome" | "unstable" | "not-proved" | "label";

export type ColumnVerdict = {
  readonly node: NodeId;
  /** schema.name on live. */
  readonly relation: string;
  /** Undefined: the rows themselves, that they are there or not. */
  readonly column: string | undefined;
  readonly verdict: LeakVerdict;
  readonly because: string | undefined;
  /** Of a leak. */
  readonly finding: LeakFinding | undefined;
};

export type LeakFinding = {
  /** The cut-off at which it shows most. */
  readonly cutoff: string;
  readonly differing: number;
  readonly compared: number;
  /** One row of it. */
  readonly key: readonly { readonly column: string; readonly value: string | null }[];
  readonly time: string;
  readonly full: string | null;
  readonly probed: string | null;
  /** `stats.roll.gm`: where the difference begins. */
  readonly startsIn: readonly string[];
  /** Models above it that are equal before the cut-off. */
  readonly equalAbove: readonly string[];
  /** `raw.matches.home_score`: each alone makes it differ, all of them together, or some: they were told apart no further. */
  readonly carriers: readonly string[];
  readonly carriedBy: "each" | "all" | "some";
  readonly seenBy: readonly ("hiding" | "changing")[];
  readonly looksLike: { readonly what: string; readonly link: string } | undefined;
};

/** What the verdicts rest on. */
export type LeakCoverage = {
  readonly seed: number;
  /** `rows`: how many stand at its own instant. */
  readonly cutoffs: readonly {
    readonly at: string;
    readonly reason: string;
    readonly probes: string;
    readonly rows: number;
  }[];
  readonly compared: number;
  /** Rows at a cut-off's own instant, where alone the use of a row's own result shows. */
  readonly atCutoff: number;
  readonly constant: readonly string[];
  /** Columns that look beyond the cut-off in what is known long before, as a fixture list is. */
  readonly beyond: readonly string[];
  /** Columns of sources whose values were not changed freely: hidden alone, or moved to later ones. */
  readonly hiddenAlone: readonly string[];
  readonly movedLater: readonly string[];
  readonly sample: number | undefined;
};

/** `features.match_features.adj   leak   12,293 of 12,309 rows at or before 2009-02-03` */
export const leakHead = (
  { relation, column }: Pick<ColumnVerdict, "relation" | "column">,
  finding: LeakFinding,
): string => {
  const count = (value: number): string => value.toLocaleString("en-US");
  const { differing, compared, cutoff } = finding;
  if (column === undefined)
    return `${relation} (its rows)   leak   ${count(differing)} rows missing or too many at or before ${cutoff}`;
  return `${relation}.${column}   leak   ${count(differing)} of ${count(compared)} rows at or before ${cutoff}`;
};

/** What is told of a leak, each with its label. */
export const leakFacts = (finding: LeakFinding): readonly (readonly [string, string])[] => {
  const { startsIn, equalAbove, carriers, carriedBy, seenBy, looksLike } = finding;
  const [parents, are] = equalAbove.length === 1 ? ["parent", "is"] : ["parents", "are"];
  const equal =
    equalAbove.length === 0 ? "" : `     (its ${parents} ${equalAbove.join(", ")} ${are} equal before the cut-off)`;
  const words = {
    each: "",
    all: ", together",
    some: "     (one or more of these: telling them apart took too many builds)",
  };
  const together = carriers.length > 1 ? words[carriedBy] : "";
  return [
    ...(startsIn.length === 0 ? [] : [["starts in", `${startsIn.join(", ")}${equal}`] as const]),
    ...(carriers.length === 0 ? [] : [["carried by", `${carriers.join(", ")}${together}`] as const]),
    ["seen by", seenBy.length === 0 ? "hiding and changing in one build" : seenBy.join(", ")],
    ...(looksLike === undefined ? [] : [["looks like", `${looksLike.what}    ${looksLike.link}`] as const]),
  ];
};

/** The columns of one verdict by their reason, which may be none. */
export const verdictGroups = (
  columns: readonly ColumnVerdict[],
  verdict: LeakVerdict,
): readonly (readonly [string, readonly string[]])[] => {
  const groups = new Map<string, string[]>();
  for (const c of columns.filter((v) => v.verdict === verdict)) {
    const because = c.because ?? "";
    groups.set(because, [...(groups.get(because) ?? []), c.column ?? "its rows"]);
  }
  return [...groups];
};

/** `stats.form   unstable   x, y: two builds differ`, of one relation. */
export const verdictLines = (columns: readonly ColumnVerdict[], verdict: LeakVerdict): readonly string[] =>
  verdictGroups(columns, verdict).map(
    ([because, names]) =>
      `${columns[0]?.relation}   ${verdict}   ${names.join(", ")}${because === "" ? "" : `: ${because}`}`,
  );
