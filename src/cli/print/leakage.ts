/** What `check leakage` found: each leak with its evidence, the other verdicts counted, and what was looked at. */
import type { LeakageReport } from "../../commands/answers.ts";
import {
  type ColumnVerdict,
  type LeakCoverage,
  type LeakFinding,
  type LeakVerdict,
  leakFacts,
  leakHead,
  verdictGroups,
  verdictLines,
} from "../../domain/leakage.ts";
import { countOf, countText } from "../../lib/duration.ts";
import { padEnd } from "../../lib/text-width.ts";

export const leakageLines = ({ columns, coverage }: LeakageReport): readonly string[] => {
  const leaks = columns.filter((c) => c.verdict === "leak");
  const models = [...new Set(columns.map((c) => c.relation))];
  return [
    ...leaks.flatMap((leak) => [...leakLines(leak), ""]),
    ...models.flatMap((relation) => modelLines(columns.filter((c) => c.relation === relation))),
    ...coverageLines(coverage),
  ];
};

const leakLines = (verdict: ColumnVerdict): readonly string[] => {
  const { finding } = verdict;
  if (finding === undefined) return [];
  const facts = leakFacts(finding).map(([label, text]) => `  ${padEnd(label, LABEL)} ${text}`);
  return [leakHead(verdict, finding), ...evidence(finding), ...facts];
};

const LABEL = 13;

const evidence = ({ key, time, full, probed }: LeakFinding): readonly string[] => {
  if (key.length === 0) return [];
  const row = key.map(({ column, value }) => `${column} ${value ?? "NULL"}`).join(", ");
  return [
    `  ${row}${time === "" ? "" : `, ${time}`}   full build ${full ?? "NULL"}   future unknown ${probed ?? "NULL"}`,
  ];
};

const OTHERS: readonly LeakVerdict[] = ["unstable", "not-proved", "needs-outcome", "label"];

/** One line for what is clean, and one for each other verdict and reason. */
const modelLines = (columns: readonly ColumnVerdict[]): readonly string[] => {
  const [first] = columns;
  if (first === undefined) return [];
  const clean = verdictGroups(columns, "clean").map(
    ([because, names]) =>
      `${first.relation}   clean   ${countOf(names.length, "column")}: no leak found in the coverage below${because === "" ? "" : ` (${because})`}`,
  );
  return [...clean, ...OTHERS.flatMap((verdict) => verdictLines(columns, verdict))];
};

const coverageLines = ({
  seed,
  cutoffs,
  compared,
  atCutoff,
  constant,
  beyond,
  hiddenAlone,
  movedLater,
  sample,
}: LeakCoverage): readonly string[] => {
  const share = sample === undefined ? "" : `, a share of ${sample} of the keys`;
  const assumed = constant.length === 0 ? "" : `; assumed constant: ${constant.join(", ")}`;
  return [
    `coverage  ${countOf(cutoffs.length, "cut-off")} (seed ${seed}): ${countOf(compared, "row")} compared${share}, ${countText(atCutoff)} of them at a cut-off${assumed}`,
    ...cutoffs.map(
      ({ at, reason, probes, rows }) =>
        `          ${at}   ${reason}, ${countOf(rows, "row")} at it${probes === "mixed" ? "" : `   (${probes})`}`,
    ),
    ...named("hidden and never changed, for no other value of their type can be made up", hiddenAlone),
    ...named("changed to later values alone, for they go with time", movedLater),
    ...named("looks beyond the cut-off in what is known long before, which is no leak", beyond),
  ];
};

const named = (what: string, columns: readonly string[]): readonly string[] =>
  columns.length === 0 ? [] : [`${what}: ${columns.join(", ")}`];
