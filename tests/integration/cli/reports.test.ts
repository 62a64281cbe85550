/** Reports that the real program writes beside what it shows: of runs that fail, that never begin, that are stopped. */
import { appendFile, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";
import { junitViolations } from "../../support/junit-10.ts";
import { makeProject, type TestProject } from "../../support/project.ts";
import { startCli } from "../../support/running-cli.ts";
import { parseXml, type XmlElement } from "../../support/xml.ts";

const FILES = {
  "models/orders.sql": "select * from (values (1, 'paid'), (2, '<odd> & \"more\"'), (2, null)) as v(id, state)\n",
  "models/after.sql": 'select id from {{ref "orders"}}\n',
  "models/bad.sql": "select 1 / (select 0) as id\n",
  "models/shop.yml": `models:
  - name: orders
    columns:
      - name: id
        data_tests: [unique]
      - name: state
        data_tests:
          - not_null: { config: { severity: warn } }
  - name: after
    columns: [{ name: id, data_tests: [not_null] }]
`,
};

const ALL = ["junit=ci/j.xml", "markdown=ci/r.md", "gitlab=ci/q.json", "json=ci/e.jsonl", "run-results=ci/rr.json"];
const asked = (...reports: readonly string[]): readonly string[] => reports.flatMap((one) => ["--report", one]);

type Case = { readonly name: string; readonly outcome: string };

/** Outcomes by `classname name`; what Jenkins would refuse throws. */
const casesIn = (text: string): Readonly<Record<string, string>> => {
  const root = parseXml(text);
  expect(junitViolations(root)).toEqual([]);
  const found = root.children.flatMap(({ children }) => children.filter(({ name }) => name === "testcase").map(caseOf));
  return Object.fromEntries(found.map(({ name, outcome }) => [name, outcome]));
};

const caseOf = ({ attributes, children }: XmlElement): Case => ({
  name: `${attributes["classname"]} ${attributes["name"]}`,
  outcome: children.find(({ name }) => name !== "system-out")?.name ?? "passed",
});

const junitOf = async (project: TestProject, path: string) => casesIn(await project.read(path));

test("a failing build writes all that it was asked for, each in its own form", async () => {
  await using engine = await withEngine(FILES);
  const { project } = engine;
  const summary = join(project.root, "summary.md");
  await appendFile(summary, "what an earlier step said\n");
  const env = { ...engine.env, GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
  const { code, stderr, stdout } = await project.galley(["build", ...asked(...ALL)], { env });
  expect(code).toBe(3);
  expect(await junitOf(project, "ci/j.xml")).toEqual({
    "model.shop.after build": "skipped",
    "model.shop.after not_null_after_id": "skipped",
    "model.shop.bad build": "error",
    "model.shop.orders build": "passed",
    "model.shop.orders not_null_orders_state": "passed",
    "model.shop.orders unique_orders_id": "failure",
    "galley build comes to its end": "passed",
  });
  const markdown = await project.read("ci/r.md");
  expect(markdown).toContain("### ❌ unique_orders_id\n\nmodel.shop.orders · `models/shop.yml:5:22`");
  expect(await project.read("summary.md")).toBe(`what an earlier step said\n${markdown}\n`);
  const issues: readonly { readonly check_name: string; readonly severity: string }[] = JSON.parse(
    await project.read("ci/q.json"),
  );
  expect(issues.map(({ check_name: name, severity }) => `${severity} ${name}`).sort()).toEqual([
    "blocker build",
    "critical unique_orders_id",
    "minor not_null_orders_state",
  ]);
  expect(await project.read("ci/e.jsonl")).toBe(await project.read("target/events.jsonl"));
  const artifact = JSON.parse(await project.read("target/run_results.json"));
  expect(artifact.results).toEqual(JSON.parse(await project.read("ci/rr.json")).results);
  type Result = { readonly unique_id: string; readonly status: string; readonly failures: number | null };
  expect(Object.fromEntries(artifact.results.map((r: Result) => [r.unique_id, `${r.status} ${r.failures}`]))).toEqual({
    "model.shop.after": "skipped null",
    "model.shop.bad": "error null",
    "model.shop.orders": "success null",
    "test.shop.not_null_after_id": "skipped null",
    "test.shop.not_null_orders_state": "warn 1",
    "test.shop.unique_orders_id": "fail 1",
  });
  expect(stderr).toMatch(
    /^::error file=models\/shop\.yml,line=5,endLine=5,col=22,endColumn=28,title=unique_orders_id::/m,
  );
  expect(stderr).toMatch(/^::warning file=models\/shop\.yml,line=8,/m);
  expect(stdout).not.toContain("::error");
});

test("the exit code says what kind of trouble it was, and reports change nothing of that", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n", "models/b.sql": "select 0 as id\n" });
  const { project, env } = engine;
  const exitWith = async (test: string): Promise<number> => {
    await project.write({ "models/shop.test.sql": `${test}\n` });
    return (await project.galley(["test", ...asked("junit=j.xml")], { env })).code;
  };
  await project.galley(["build"], { env });
  expect(await exitWith('select id from {{ref "a"}} where id = 2')).toBe(0);
  expect(await junitOf(project, "j.xml")).toEqual({
    "test.shop shop": "passed",
    "galley test comes to its end": "passed",
  });
  expect(await exitWith('select id from {{ref "a"}}')).toBe(1);
  expect(await junitOf(project, "j.xml")).toMatchObject({ "test.shop shop": "failure" });
  expect(await exitWith('select id from {{ref "b"}} where 1 / id = 1')).toBe(3);
  expect(await junitOf(project, "j.xml")).toMatchObject({ "test.shop shop": "error" });
});

test("a project that cannot be read is reported too, in place of an earlier run's report", async () => {
  await using project = await makeProject({
    "project.yml": "name: shop\nschema: shop\nmodls: {}\n",
    "ci/j.xml": "of an earlier run",
    "analytics/models/a.sql": "",
  });
  const { code, stderr } = await project.galley(["build", ...asked("junit=ci/j.xml", "gitlab=ci/q.json", "github")]);
  expect(code).toBe(2);
  expect(await junitOf(project, "ci/j.xml")).toEqual({
    "diagnostics config/unknown-key project.yml": "error",
    "galley comes to its end": "passed",
  });
  expect(JSON.parse(await project.read("ci/q.json"))[0]).toMatchObject({
    check_name: "config/unknown-key project.yml",
    severity: "blocker",
    location: { path: "project.yml", lines: { begin: 3, end: 3 } },
  });
  expect(stderr).toMatch(/^::error file=project\.yml,line=3,/m);
});

test("a report that cannot be written is told of before anything is done", async () => {
  await using project = await makeProject({ "project.yml": "name: shop\nschema: shop\n" });
  const { code, stderr } = await project.galley(["build", ...asked("junit=project.yml/j.xml")]);
  expect(code).toBe(2);
  expect(stderr).toContain("cli/unwritable-report");
  expect(await project.read("project.yml")).toContain("name: shop");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s leaves whole reports that say so, and what was decided before is kept", async (signal, code) => {
  await using engine = await withEngine({
    "models/fast.sql": "select 1 as id\n",
    "models/slow.sql": 'select id, pg_sleep(600)::text as slept from {{ref "fast"}}\n',
    "models/after.sql": 'select * from {{ref "slow"}}\n',
    "models/shop.yml":
      "models:\n  - { name: fast, columns: [{ name: id, data_tests: [accepted_range: { min_value: 2, severity: warn }] }] }\n  - { name: slow, columns: [{ name: id, data_tests: [unique] }] }\n",
  });
  const { project, database } = engine;
  const run = await startCli(project.root, ["build", "--log-format", "json", ...asked("junit=j.xml")], engine.env);
  await run.lineWith('"node_started","node":"model.shop.slow"');
  run.child.kill(signal);
  expect((await run.ended).code).toBe(code);
  expect(await junitOf(project, "j.xml")).toEqual({
    "model.shop.fast build": "passed",
    "model.shop.fast accepted_range_fast_id__2": "passed",
    "model.shop.slow build": "skipped",
    "model.shop.slow unique_slow_id": "skipped",
    "model.shop.after build": "skipped",
    "galley build comes to its end": "error",
  });
  expect(
    await database.query(
      "select r.state, t.test_id, t.status, f.row from galley.runs r join galley.test_results t using (run_id) join galley.test_failures f using (run_id, test_id)",
    ),
  ).toEqual([{ state: "cancelled", test_id: "test.shop.accepted_range_fast_id__2", status: "warn", row: { id: 1 } }]);
});

test("no value of a row commands the runner of GitHub, and nothing changes that is for programs", async () => {
  await using engine = await withEngine({
    "models/texts.sql": "select '::error::lost' as said\n",
    "models/shop.yml":
      "models: [{ name: texts, columns: [{ name: said, data_tests: [accepted_values: { values: [found], severity: warn }] }] }]\n",
  });
  const env = { ...engine.env, GITHUB_ACTIONS: "true" };
  await engine.build();
  const stdoutOf = async (...words: readonly string[]) => (await engine.project.galley(words, { env })).stdout;
  expect(await stdoutOf("show", "texts")).toBe("said\n─────────────\n: :error::lost\n");
  expect(await stdoutOf("show", "texts", "--output", "csv")).toBe("said\n::error::lost\n");
  expect(await stdoutOf("show", "texts", "--log-format", "json")).toBe('{"said":"::error::lost"}\n');
  expect(await stdoutOf("compile", "--inline", "select '1'\n::int::text")).toBe("select '1'\n::int::text\n");
});

test("files are named from the repository's root, and a link stays a link", async () => {
  await using project = await makeProject({
    "data/analytics/project.yml": "name: shop\nschema: shop\nmodls: {}\n",
    "data/kept.json": "[]",
    ".git/HEAD": "ref: refs/heads/main\n",
  });
  await symlink(join(project.root, "data/kept.json"), join(project.root, "data/linked.json"));
  const env = { GALLEY_REPORT: "gitlab=../linked.json github" };
  const { stderr } = await project.galley(["compile"], { cwd: "data/analytics", env });
  expect(stderr).toMatch(/^::error file=data\/analytics\/project\.yml,line=3,/m);
  const [issue] = JSON.parse(await readFile(join(project.root, "data/kept.json"), "utf8"));
  expect(issue.location.path).toBe("data/analytics/project.yml");
  const moved = await project.galley(["compile"], {
    cwd: "data/analytics",
    env: { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: join(project.root, "data") },
  });
  expect(moved.stderr).toMatch(/^::error file=analytics\/project\.yml,line=3,/m);
});
