/** What a quick proof of a feature says, in the words of `check leakage`, as the answer to a data test. */
import type { CompiledTest } from "../domain/compiled.ts";
import { type ColumnVerdict, leakHead, verdictGroups, verdictLines } from "../domain/leakage.ts";
import type { ModelNode } from "../domain/manifest.ts";
import type { PastProof } from "../domain/past-proof.ts";
import { countOf, countText } from "../lib/duration.ts";
import type { QuickProof } from "../stages/check/leakage/quick-proof.ts";

export const pastProofOf = (test: CompiledTest, quick: QuickProof, seed: number): PastProof => {
  const { cutoffs, compared, atCutoff, shown, feature } = quick;
  const columns = quick.columns.filter((c) => c.verdict !== "not-proved" || !isSurrogate(feature, c));
  const leaks = columns.filter((c) => c.verdict === "leak");
  const doubts = doubtsOf(columns, quick);
  const decidedBy =
    cutoffs === 0
      ? "rebuilding the past: nothing it reads becomes known later"
      : `rebuilding the past at ${countOf(cutoffs, "cut-off")} (seed ${seed}): ${countOf(compared, "row")} compared, ${countText(atCutoff)} of them at a cut-off`;
  const findings = [...leaks.flatMap(leakLines), ...doubts];
  return {
    test,
    verdict: leaks.length > 0 ? "leak" : doubts.length > 0 ? "doubt" : "none",
    because:
      leaks.length > 0 ? leakText(leaks) : doubts.length > 0 ? `not proved: ${reasonOf(columns, quick)}` : undefined,
    findings: findings.length === 0 ? [] : [...findings, wholeStory(feature, leaks.length > 0, seed)],
    differing: Math.max(0, ...leaks.map((leak) => leak.finding?.differing ?? 0)),
    rows: shown?.compared ?? compared,
    decidedBy,
    failing: shown,
  };
};

/** Rows that are there only with their own outcome are no failure, and worth a note. */
export const needsOutcomeLines = ({ columns }: QuickProof): readonly string[] => verdictLines(columns, "needs-outcome");

const isSurrogate = (feature: ModelNode, { column }: ColumnVerdict): boolean =>
  feature.columns.some((c) => c.name === column && c.isSurrogate);

const leakText = (leaks: readonly ColumnVerdict[]): string => {
  const columns = leaks.flatMap((leak) => leak.column ?? []);
  const rows = columns.length < leaks.length ? ["its rows are chosen by what was known only later"] : [];
  const [first] = columns;
  if (first === undefined) return rows.join();
  const who = columns.length === 1 ? `column ${first}` : `${columns.length} columns`;
  return [`${who} knew what was known only later`, ...rows].join("; ");
};

const leakLines = (leak: ColumnVerdict): readonly string[] => {
  const { finding } = leak;
  if (finding === undefined) return [];
  const { looksLike } = finding;
  const sign = looksLike === undefined ? [] : [`  looks like    ${looksLike.what}    ${looksLike.link}`];
  return [leakHead(leak, finding), ...sign];
};

const doubtsOf = (columns: readonly ColumnVerdict[], quick: QuickProof): readonly string[] => [
  ...verdictLines(columns, "unstable"),
  ...verdictLines(columns, "not-proved"),
  ...builtLines(columns, quick),
];

const reasonOf = (columns: readonly ColumnVerdict[], quick: QuickProof): string => {
  const groups = [...verdictGroups(columns, "not-proved"), ...verdictGroups(columns, "unstable")];
  return groups[0]?.[0] ?? builtText(columns, quick) ?? "";
};

const builtLines = (columns: readonly ColumnVerdict[], quick: QuickProof): readonly string[] => {
  const text = builtText(columns, quick);
  return text === undefined ? [] : [`${columns[0]?.relation}   not-proved   ${text}`];
};

/** What differs from build to build by itself says nothing of what was built. */
const builtText = (columns: readonly ColumnVerdict[], { builtDiffering }: QuickProof): string | undefined =>
  builtDiffering === undefined || builtDiffering === 0 || columns.some((c) => c.verdict === "unstable")
    ? undefined
    : `${countOf(builtDiffering, "row")} of what this run has built differ from what its SQL makes of the sources now, of which alone the proof speaks`;

const wholeStory = ({ name }: ModelNode, isLeak: boolean, seed: number): string =>
  isLeak
    ? `galley check leakage --select ${name} --seed ${seed} tells where it begins and what carries it: docs/leakage.md`
    : `galley check leakage --select ${name} looks closer: docs/leakage.md`;
