/**
 * The structure that Jenkins holds JUnit files to, written from its schema junit-10.xsd (jenkinsci/xunit-plugin,
 * src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd): elements, their attributes, and what stands in them.
 */
import type { XmlElement } from "./xml.ts";

type Rule = {
  readonly needs: readonly string[];
  readonly may: readonly string[];
  /** Any number of these, in any order. */
  readonly holds: readonly string[];
  /** Whether character data may stand in it. */
  readonly text: "any" | "none";
};

const outcome: Rule = { needs: [], may: ["type", "message"], holds: [], text: "any" };
const output: Rule = { needs: [], may: [], holds: [], text: "any" };
const rerun: Rule = {
  needs: ["type"],
  may: ["message"],
  holds: ["stackTrace", "system-out", "system-err"],
  text: "any",
};

const RULES: Readonly<Record<string, Rule>> = {
  testsuites: { needs: [], may: ["name", "time", "tests", "failures", "errors"], holds: ["testsuite"], text: "none" },
  testsuite: {
    needs: ["name", "tests", "failures", "errors"],
    may: ["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
    holds: ["testsuite", "properties", "testcase", "system-out", "system-err"],
    text: "none",
  },
  properties: { needs: [], may: [], holds: ["property"], text: "none" },
  property: { needs: ["name", "value"], may: [], holds: [], text: "none" },
  testcase: {
    needs: ["name"],
    may: ["time", "classname", "group"],
    holds: [
      "skipped",
      "error",
      "failure",
      "rerunFailure",
      "rerunError",
      "flakyFailure",
      "flakyError",
      "system-out",
      "system-err",
    ],
    text: "none",
  },
  skipped: outcome,
  error: outcome,
  failure: outcome,
  "system-out": output,
  "system-err": output,
  stackTrace: output,
  rerunFailure: rerun,
  rerunError: rerun,
  flakyFailure: rerun,
  flakyError: rerun,
};

/** The schema's SUREFIRE_TIME. */
const TIME = /^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/;
const TIMED = ["testsuites", "testsuite"];

/** What the schema would refuse, one line each. */
export const junitViolations = (root: XmlElement): readonly string[] =>
  ["testsuites", "testsuite"].includes(root.name) ? violations(root, root.name) : [`${root.name} is no root`];

const violations = (element: XmlElement, path: string): readonly string[] => {
  const { name, attributes, children, text } = element;
  const rule = RULES[name];
  if (rule === undefined) return [`${path}: unknown`];
  const time = attributes["time"];
  return [
    ...rule.needs.filter((need) => attributes[need] === undefined).map((need) => `${path} needs ${need}`),
    ...Object.keys(attributes)
      .filter((key) => !rule.needs.includes(key) && !rule.may.includes(key))
      .map((key) => `${path} has no attribute ${key}`),
    ...(time !== undefined && TIMED.includes(name) && !TIME.test(time) ? [`${path}: time ${time}`] : []),
    ...(rule.text === "none" && text.trim() !== "" ? [`${path} holds text: ${text.trim()}`] : []),
    ...children.flatMap((child) =>
      rule.holds.includes(child.name) ? violations(child, `${path}/${child.name}`) : [`${path} holds no ${child.name}`],
    ),
  ];
};
