/** Coverage as people or programs want it: tables and what is missing, one JSON object, or Markdown for a job's summary. */
import {
  COVERAGE_KINDS,
  type Coverage,
  type CoverageKind,
  type CoveredRelation,
  type Gap,
  percentOf,
  type Share,
} from "../../domain/coverage.ts";
import { placeOf } from "../../domain/show-diagnostic.ts";
import { countOf } from "../../lib/duration.ts";
import { tableLines } from "../../lib/table.ts";

export const coverageText = (coverage: Coverage, output: "table" | "json" | "markdown", width: number): string => {
  if (output === "json") return JSON.stringify(objectOf(coverage));
  return (output === "markdown" ? markdownLines(coverage) : plainLines(coverage, width)).join("\n");
};

const FROM: Readonly<Record<Coverage["from"], string>> = {
  files: "columns and constraints are those of the project's files",
  database: "columns and constraints are those of the project's files and of the database",
};

const TITLES: Readonly<Record<CoverageKind, string>> = {
  tests: "no test",
  descriptions: "no description",
  keys: "key without a test",
  relationships: "no relationship",
};

const plainLines = (coverage: Coverage, width: number): readonly string[] => {
  const gaps = coverage.relations.flatMap((relation) => {
    const missing = missingOf(relation);
    const named = missing.map(([title, what]) => `  ${title.padEnd(LONGEST_TITLE)}  ${what}`);
    return missing.length === 0 ? [] : ["", `${placeOf(relation.at)}  ${relation.name}`, ...named];
  });
  const table = tableLines({ columns: ["", ...COVERAGE_KINDS], rows: rowsOf(coverage), width });
  return [...table, ...gaps, "", FROM[coverage.from]];
};

const NO_DATA_TEST = "no data test";

const LONGEST_TITLE = Math.max(...[NO_DATA_TEST, ...Object.values(TITLES)].map((title) => title.length));

const rowsOf = ({ relations, totals, least }: Coverage): readonly (readonly string[])[] => [
  ...relations.map(({ name, shares }) => [name, ...COVERAGE_KINDS.map((kind) => fraction(shares[kind]))]),
  ["in all", ...COVERAGE_KINDS.map((kind) => fraction(totals[kind]))],
  ["", ...COVERAGE_KINDS.map((kind) => percentText(totals[kind]))],
  ...(least.size === 0 ? [] : [["at least", ...COVERAGE_KINDS.map((kind) => askedText(least.get(kind)))]]),
];

const askedText = (percent: number | undefined): string => (percent === undefined ? "" : `${percent} %`);

const fraction = ({ covered, of }: Share): string => (of === 0 ? "" : `${covered} of ${of}`);

const percentText = (share: Share): string => (share.of === 0 ? "" : `${percentOf(share).toFixed(1)} %`);

/** What each line speaks of, and what is missing of it. */
const missingOf = (relation: CoveredRelation): readonly (readonly [string, string])[] => [
  ...(relation.testedBy === "units" ? [[NO_DATA_TEST, unitTestsText(relation)] as const] : []),
  ...COVERAGE_KINDS.flatMap((of) => gapsText(relation, of)),
];

const unitTestsText = ({ kind, unitTests }: CoveredRelation): string =>
  `the ${kind} itself: ${countOf(unitTests, "unit test")} alone`;

const gapsText = ({ kind, missing }: CoveredRelation, of: CoverageKind): readonly (readonly [string, string])[] => {
  const itself = of === "keys" ? "none is known" : `the ${kind} itself`;
  const gaps = missing[of].map((gap) => gapText(gap, itself));
  return gaps.length === 0 ? [] : [[TITLES[of], gaps.join(", ")]];
};

const gapText = ({ columns, to }: Gap, itself: string): string => {
  const [column, ...more] = columns;
  if (column === undefined) return itself;
  const named = more.length === 0 ? column : `(${columns.join(", ")})`;
  return to === undefined ? named : `${named} → ${to}`;
};

const markdownLines = (coverage: Coverage): readonly string[] => {
  const { relations } = coverage;
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  const gaps = relations.flatMap((relation) =>
    missingOf(relation).map(([title, what]) => line([relation.name, title, what])),
  );
  return [
    line(["", ...COVERAGE_KINDS]),
    `| --- |${" ---: |".repeat(COVERAGE_KINDS.length)}`,
    ...rowsOf(coverage).map(line),
    ...(gaps.length === 0 ? [] : ["", "| | missing | |", "| --- | --- | --- |", ...gaps]),
    "",
    FROM[coverage.from],
  ];
};

const escaped = (text: string): string => text.replaceAll(/[|\\`*_<]/g, (sign) => `\\${sign}`);

/** Names as in events and in `ls --output json`. */
const objectOf = ({ from, relations, totals, least }: Coverage) => ({
  from,
  totals: sharesOf(totals),
  fail_under: Object.fromEntries(least),
  relations: relations.map(({ node, name, kind, at, columns, columnsKnown, unitTests, testedBy, shares, missing }) => ({
    id: node,
    name,
    resource_type: kind,
    at: placeOf(at),
    columns,
    columns_known: columnsKnown,
    unit_tests: unitTests,
    tested_by: testedBy,
    ...sharesOf(shares),
    missing: {
      tests: missing.tests.map(columnOf),
      descriptions: missing.descriptions.map(columnOf),
      keys: missing.keys.map((gap) => gap.columns),
      relationships: missing.relationships.map((gap) => ({ column: columnOf(gap), to: gap.to })),
    },
  })),
});

/** null: the relation itself. */
const columnOf = ({ columns }: Gap): string | null => columns[0] ?? null;

const sharesOf = (shares: Coverage["totals"]) =>
  Object.fromEntries(COVERAGE_KINDS.map((kind) => [kind, { ...shares[kind], percent: percentOf(shares[kind]) }]));
