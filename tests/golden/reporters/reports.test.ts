import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StampedEvent } from "../../../src/domain/contracts/reporter.ts";
import { errorOf } from "../../../src/domain/diagnostic.ts";
import type { Report } from "../../../src/domain/report.ts";
import { reportOf } from "../../../src/plugins/reporters/cases/report-of.ts";
import { REPORT_FILE_KINDS, REPORT_FILES, type ReportFileKind } from "../../../src/plugins/reporters/files/index.ts";
import { markdownWithin } from "../../../src/plugins/reporters/files/markdown.ts";
import { annotations, stepSummary, withoutCommands } from "../../../src/plugins/reporters/github.ts";
import { codeQualitySchema, runResultsSchema } from "../../support/artifact-schemas.ts";
import { junitViolations } from "../../support/junit-10.ts";
import { failedRun, publishedRun } from "../../support/recorded-run.ts";
import { parseXml, type XmlElement } from "../../support/xml.ts";

const setting = { pathPrefix: "analytics/", version: "0.1.0" };
const end = { exitCode: 3, at: new Date(Date.UTC(2025, 0, 31, 12, 0, 3)) };

const fileOf = (kind: ReportFileKind, events: readonly StampedEvent[], exitCode: number): string =>
  REPORT_FILES[kind]({ report: reportOf(events, { ...end, exitCode }), events, setting });

const isWellFor: Readonly<Record<ReportFileKind, (text: string) => void>> = {
  junit: (text) => expect(junitViolations(parseXml(text))).toEqual([]),
  gitlab: (text) => expect(schemaErrors(codeQualitySchema, JSON.parse(text))).toEqual([]),
  "run-results": (text) => expect(schemaErrors(runResultsSchema, JSON.parse(text))).toEqual([]),
  markdown: (text) => expect(text.endsWith("\n")).toBe(true),
  json: (text) =>
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).v),
    ).not.toContain(undefined),
};

const schemaErrors = (schema: object, value: unknown): readonly unknown[] => {
  const validate = new Ajv2020({ allErrors: true }).compile(schema);
  return validate(value) ? [] : (validate.errors ?? []);
};

const EXTENSIONS = { junit: "xml", markdown: "md", gitlab: "json", "run-results": "json", json: "jsonl" } as const;

describe.each(REPORT_FILE_KINDS.filter((kind) => kind !== "json"))("the report %s", (kind) => {
  it.each([
    ["failed", failedRun, 3],
    ["published", publishedRun, 0],
  ] as const)("of a run that %s", async (name, run, exitCode) => {
    const text = fileOf(kind, run, exitCode);
    isWellFor[kind](text);
    await expect(text).toMatchFileSnapshot(join("expected", `${name}-${kind}.${EXTENSIONS[kind]}`));
  });
});

describe("what CI counts", () => {
  const suitesOf = (text: string): readonly XmlElement[] => parseXml(text).children;
  const casesOf = (text: string): readonly XmlElement[] =>
    suitesOf(text).flatMap(({ children }) => children.filter(({ name }) => name === "testcase"));
  const count = (cases: readonly XmlElement[], name: string): number =>
    cases.filter(({ children }) => children.some((child) => child.name === name)).length;

  it("is what stands in the file", () => {
    for (const run of [failedRun, publishedRun]) {
      const text = fileOf("junit", run, 3);
      const root = parseXml(text);
      const cases = casesOf(text);
      const { tests, failures, errors } = root.attributes;
      expect([tests, failures, errors]).toEqual(
        [cases.length, count(cases, "failure"), count(cases, "error")].map(String),
      );
    }
  });

  it("is never all well where the command was not", () => {
    const [first = expect.fail("no events")] = failedRun;
    const note: StampedEvent = { ...first, event: { kind: "note", message: "nothing to do" } };
    for (const exitCode of [1, 2, 3, 4, 5, 6, 130, 143]) {
      const cases = casesOf(fileOf("junit", [note], exitCode));
      expect(count(cases, "error")).toBe(1);
      expect(JSON.parse(fileOf("gitlab", [note], exitCode))).toHaveLength(1);
    }
    expect(count(casesOf(fileOf("junit", [note], 0)), "error")).toBe(0);
  });

  it("has what went wrong before there was a run", () => {
    const [first = expect.fail("no events")] = failedRun;
    const wrong: StampedEvent = {
      ...first,
      event: { kind: "diagnostic", diagnostic: errorOf("load/no-project", "there is no project.yml") },
    };
    const cases = casesOf(fileOf("junit", [wrong], 2));
    expect(cases.map(({ attributes }) => attributes["name"])).toEqual(["load/no-project", "comes to its end"]);
    expect(cases[0]?.children[0]?.attributes["message"]).toBe("there is no project.yml");
    expect(count(cases, "error")).toBe(1);
  });

  it("names nodes that were at work when the process ended", () => {
    const begun = failedRun.slice(
      0,
      failedRun.findIndex(({ event }) => event.kind === "node_finished"),
    );
    const { cases } = reportOf(begun, { exitCode: undefined, at: end.at });
    expect(cases.filter(({ outcome }) => outcome === "cancelled").map(({ id }) => id)).toEqual([
      "seed.nba.coefficients",
      "model.nba.games",
    ]);
    expect(cases.at(-1)?.outcome).toBe("error");
  });
});

describe("whatever rows and messages hold", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "]]>",
      "\u001b[31mred\u001b[0m",
      "\u0000",
      "\ud800",
      "a\r\nb",
      '<a b="c">',
      "|",
      "```",
      "::error::x",
    ),
  );

  it("the files keep their form", () => {
    fc.assert(
      fc.property(anyText, anyText, (message, cell) => {
        const events = failedRun.map(({ event, ...stamp }) => {
          if (event.kind !== "test_finished" || event.sample === undefined) return { ...stamp, event };
          const sample = { ...event.sample, rows: [[cell, message, null, ""]] };
          return { ...stamp, event: { ...event, description: message, name: message, sample } };
        });
        for (const kind of REPORT_FILE_KINDS) isWellFor[kind](fileOf(kind, events, 1));
      }),
      { numRuns: 25 },
    );
  });
});

describe("fingerprints of code quality", () => {
  type Issue = { readonly fingerprint: string };
  const printsOf = (events: readonly StampedEvent[]): readonly string[] =>
    JSON.parse(fileOf("gitlab", events, 3)).map(({ fingerprint }: Issue) => fingerprint);

  it("are unique, and the same where counts, times and order differ", () => {
    const later = failedRun.map(({ event, at, ...stamp }) => ({
      ...stamp,
      at: new Date(at.getTime() + 86_400_000),
      event: event.kind === "test_finished" ? { ...event, failures: event.failures * 7, ms: 99 } : event,
    }));
    const prints = printsOf(failedRun);
    expect(new Set(prints).size).toBe(prints.length);
    expect([...printsOf(later)].sort()).toEqual([...prints].sort());
  });
});

describe("GitHub", () => {
  const failed = reportOf(failedRun, end);

  it("is given annotations at the author's lines", async () => {
    await expect(annotations(failed, setting)).toMatchFileSnapshot("expected/failed-annotations.txt");
    expect(
      annotations(
        reportOf(
          publishedRun.filter(({ event }) => isQuiet(event)),
          { ...end, exitCode: 0 },
        ),
        setting,
      ),
    ).toBe("");
  });

  it("is given no more of them than it shows, and the count of the rest", () => {
    const lines = annotations(withFailures(25), setting).trimEnd().split("\n");
    expect(lines).toHaveLength(10);
    expect(lines.at(-1)).toBe("::error title=galley::and 16 more: the summary of the job has them all");
  });

  it("is given line breaks, commas and colons as its runner takes them back", () => {
    const [one = expect.fail("no case")] = failed.cases.filter(({ outcome }) => outcome === "fail");
    const report = { ...failed, cases: [{ ...one, name: "a: b, 50%", summary: "100%\r\nof all: rows, here" }] };
    expect(annotations(report, setting)).toMatch(/,title=a%3A b%2C 50%25::100%25%0D%0Aof all: rows, here\n$/);
  });

  it("is given a summary that fits into what is left of the step's megabyte", () => {
    const whole = Buffer.byteLength(stepSummary(withFailures(6_000), 0));
    expect(whole).toBeLessThanOrEqual(1024 * 1024);
    expect(whole).toBeGreaterThan(1000 * 1024);
    expect(stepSummary(withFailures(6_000), 0)).toMatch(/… and [\d,]+ more that are not well/);
    const before = 1024 * 1024 - 3000;
    expect(Buffer.byteLength(stepSummary(withFailures(100), before))).toBeLessThanOrEqual(3000);
    expect(stepSummary(withFailures(100), 1024 * 1024)).toBe("");
    expect(markdownWithin(withFailures(3), Number.POSITIVE_INFINITY)).not.toContain("more that are not well");
  });

  const isQuiet = (event: StampedEvent["event"]): boolean =>
    event.kind !== "diagnostic" && event.kind !== "raw_loaded" && !("status" in event && event.status === "warn");

  const withFailures = (count: number): Report => {
    const [one = expect.fail("no case")] = failed.cases.filter(({ outcome }) => outcome === "fail");
    return { ...failed, cases: Array.from({ length: count }, (_, i) => ({ ...one, id: `${i}`, name: `test_${i}` })) };
  };
});

it("lets no value command the runner of GitHub, and leaves casts as they are", () => {
  const written: string[] = [];
  const log = withoutCommands({ write: (text) => written.push(text), columns: () => undefined, hasColors: false });
  log.write("failed\n    ::error file=a.yml::all is lost\n  ::stop-commands::x\n##[add-path]/evil\n");
  log.write("select id\n  ::numeric, b::int\n::bigint from t\n");
  expect(written).toEqual([
    "failed\n    : :error file=a.yml::all is lost\n  : :stop-commands::x\n## [add-path]/evil\n",
    "select id\n  ::numeric, b::int\n::bigint from t\n",
  ]);
});
