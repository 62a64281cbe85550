/** A report as JUnit XML, in the structure that Jenkins checks (junit-10.xsd): a suite for each subject, its cases as test cases. */
import type { Report, ReportedCase } from "../../../domain/report.ts";
import { xmlAttribute, xmlText } from "../../../lib/xml.ts";
import { blockText, cut } from "./block-text.ts";

export const junit = (report: Report): string => {
  const { command, cases, ms } = report;
  const subjects = new Map<string, ReportedCase[]>();
  for (const one of cases) {
    const same = subjects.get(one.subject);
    if (same === undefined) subjects.set(one.subject, [one]);
    else same.push(one);
  }
  const name = `galley${command === undefined ? "" : ` ${command}`}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttribute("name", name)}${xmlAttribute("time", seconds(ms))}${counts(cases)}>`,
    ...[...subjects].flatMap(([subject, ofSuite]) => suite(report, subject, ofSuite)),
    "</testsuites>",
    "",
  ].join("\n");
};

const seconds = (ms: number): string => (Math.max(0, ms) / 1000).toFixed(3);

const counts = (cases: readonly ReportedCase[]): string => {
  const count = (outcome: ReportedCase["outcome"]): number => cases.filter((c) => c.outcome === outcome).length;
  return [
    xmlAttribute("tests", cases.length),
    xmlAttribute("failures", count("fail")),
    xmlAttribute("errors", count("error")),
  ].join("");
};

const suite = (
  { runId, project, target }: Report,
  subject: string,
  cases: readonly ReportedCase[],
): readonly string[] => {
  const skipped = cases.filter(({ outcome }) => outcome === "skipped" || outcome === "cancelled").length;
  const startedAt = Math.min(...cases.map(({ at, ms }) => at.getTime() - ms));
  const properties = [...property("project", project), ...property("target", target), ...property("run id", runId)];
  return [
    `  <testsuite${xmlAttribute("name", subject)}${counts(cases)}${xmlAttribute("skipped", skipped)}${xmlAttribute("time", seconds(timeOf(cases)))}${xmlAttribute("timestamp", timestamp(startedAt))}>`,
    ...(properties.length === 0 ? [] : ["    <properties>", ...properties, "    </properties>"]),
    ...cases.flatMap(testcase),
    "  </testsuite>",
  ];
};

/** The time of a statement that several cases shared counts once. */
const timeOf = (cases: readonly ReportedCase[]): number => {
  const statements = new Map(cases.map((one, i) => [one.statement ?? i, one.ms]));
  return [...statements.values()].reduce((sum, ms) => sum + ms, 0);
};

/** As readers of the format know it: without a fraction and a zone, in UTC. */
const timestamp = (ms: number): string => new Date(ms).toISOString().slice(0, "2026-11-28T12:00:00".length);

const property = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [`      <property${xmlAttribute("name", name)}${xmlAttribute("value", value)}/>`];

const testcase = (one: ReportedCase): readonly string[] => {
  const { name, subject, ms } = one;
  const open = `    <testcase${xmlAttribute("name", name)}${xmlAttribute("classname", subject)}${xmlAttribute("time", seconds(ms))}`;
  const inside = [...verdict(one), ...systemOut(one)];
  return inside.length === 0 ? [`${open}/>`] : [`${open}>`, ...inside, "    </testcase>"];
};

const LONGEST_MESSAGE = 1000;

const verdict = ({ outcome, kind, summary, blocks }: ReportedCase): readonly string[] => {
  const message = xmlAttribute("message", cut(summary, LONGEST_MESSAGE));
  if (outcome === "skipped" || outcome === "cancelled") return [`      <skipped${message}/>`];
  if (outcome !== "fail" && outcome !== "error") return [];
  const element = outcome === "fail" ? "failure" : "error";
  return [`      <${element}${xmlAttribute("type", kind)}${message}>${xmlText(blockText(blocks))}</${element}>`];
};

/** The format has no warning and gives a test case no properties: what is known of it stands in its output. */
const systemOut = ({ outcome, summary, blocks, facts }: ReportedCase): readonly string[] => {
  const known = facts.map(({ name, value }) => `${name}: ${value}`).join("\n");
  const parts = [...(outcome === "warn" ? [`warning: ${summary}`, blockText(blocks)] : []), known];
  const text = parts.filter((part) => part !== "").join("\n\n");
  return text === "" ? [] : [`      <system-out>${xmlText(text)}</system-out>`];
};
