/** The workflows of docs/ci.md, done as CI would: the commands of each job in order, with the environment that it sets. */
import { access, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";
import { follow, stepsOf } from "../../support/doc-examples.ts";
import { junitViolations } from "../../support/junit-10.ts";
import { makeProject, type TestProject } from "../../support/project.ts";
import { parseXml } from "../../support/xml.ts";

const page = await readFile(join(import.meta.dirname, "../../../docs/ci.md"), "utf8");

const workflow = (path: string) => {
  const step = stepsOf(page).find((found) => found.kind === "file" && found.path === path);
  if (step?.kind !== "file") throw new Error(`docs/ci.md has no ${path}`);
  return parse(step.text);
};

const TARGETS = /^targets:\n(?: {2}.*\n)+/m.exec(page)?.[0] ?? "";

const FILES = {
  "project.yml": `name: shop\nschema: shop\ntarget: embedded\n${TARGETS}`,
  "migrations/0001_raw.sql": "create schema raw;\ncreate table raw.items (name text primary key);\n",
  "seeds/kinds.csv": "kind\nball\n",
  "models/items.sql": 'select kind from {{ref "kinds"}}\n',
  "models/items.yml": "models: [{ name: items, columns: [{ name: kind, data_tests: [unique] }] }]\n",
};
/** One row too many for its test. */
const BROKEN = { "models/items.sql": 'select kind from {{ref "kinds"}} union all select kind from {{ref "kinds"}}\n' };

type Job = {
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly run?: string;
    readonly uses?: string;
    readonly if?: string;
    readonly with?: { readonly path?: string };
  }[];
};

/** `${{ … }}` as GitHub would fill it in; what is not in the table is a mistake of the page or of this test. */
const filledIn = (text: string, facts: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, name: string) => facts[name] ?? expect.fail(`nothing is known of ${name}`));

const commandsOf = (scripts: readonly string[], failing: number | undefined) =>
  scripts.map((command) => {
    const isFailing = failing !== undefined && command.includes("galley build");
    return { kind: "command", command, exit: isFailing ? failing : 0 } as const;
  });

const expectJunit = async (project: TestProject, path: string, failures: number): Promise<void> => {
  const root = parseXml(await project.read(path));
  expect(junitViolations(root)).toEqual([]);
  expect(root.attributes["failures"]).toBe(String(failures));
};

const schemasOf = async (database: TestDatabase): Promise<readonly unknown[]> =>
  (await database.query("select nspname as name from pg_namespace where nspname ~ '^(ci_|shop|raw)' order by 1")).map(
    (row) => row["name"],
  );

test("GitHub Actions: both jobs, and what they hand on when a test fails", { timeout: 300_000 }, async () => {
  await using project = await makeProject(FILES);
  const database = await withTestDatabase();
  const summary = `${project.root}-summary.md`;
  try {
    const actions = {
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: project.root,
      GITHUB_STEP_SUMMARY: summary,
    };
    const { jobs }: { readonly jobs: Readonly<Record<string, Job>> } = workflow(".github/workflows/galley.yml");
    const work = async (name: string, failing?: number): Promise<readonly string[]> => {
      const { steps, env = {} } = jobs[name] ?? expect.fail(`no job ${name}`);
      const facts = { "secrets.DATABASE_URL": database.url, "github.event.number": "42" };
      const filled = Object.entries(env).map(([key, value]) => [key, filledIn(value, facts)]);
      const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
      const said = await follow(commandsOf(scripts, failing), project.root, join(project.root, ".shims"), {
        ...actions,
        ...Object.fromEntries(filled),
      });
      const kept = steps.filter(({ uses }) => uses?.startsWith("actions/upload-artifact"));
      expect(kept.map((step) => step.if)).toEqual(["${{ always() }}"]);
      for (const { with: given } of kept) await access(join(project.root, given?.path ?? ""));
      return said;
    };
    await work("build");
    await expectJunit(project, "target/junit.xml", 0);
    expect(await project.read("target/report.md")).toMatch(/^## ✅ galley build of shop on embedded: done/);
    expect(await readFile(summary, "utf8")).toContain(await project.read("target/report.md"));
    // The real database has its raw tables.
    const real = { env: { DATABASE_URL: database.url } };
    expect(await project.galley(["migrate", "--target", "ci", "--shared-raw"], real)).toMatchObject({ code: 0 });
    await work("copy");
    await expectJunit(project, "target/junit.xml", 0);
    expect(await schemasOf(database)).toEqual(["ci_0_galley", "ci_42_galley", "ci_42_shop", "raw"]);
    await project.write(BROKEN);
    const said = await work("copy", 1);
    expect(said.at(-1)).toMatch(/^::error file=models\/items\.yml,line=1,.*title=unique_items_kind::/m);
    await expectJunit(project, "target/junit.xml", 1);
  } finally {
    await rm(summary, { force: true });
    await database.drop();
  }
});

test("GitLab CI: its script, and the reports that it names", { timeout: 300_000 }, async () => {
  await using project = await makeProject(FILES);
  const database = await withTestDatabase();
  try {
    const { build } = workflow(".gitlab-ci.yml");
    // The service stands elsewhere here; the rest is as the page says.
    const env = { ...build.variables, CI: "true", GITLAB_CI: "true", CI_PROJECT_DIR: project.root, CI_ID: "7" };
    expect([build.variables.DATABASE_URL, build.variables.CI_ID]).toEqual([
      `postgres://postgres:${build.variables.POSTGRES_PASSWORD}@postgres:5432/postgres`,
      "$CI_PIPELINE_IID",
    ]);
    const work = (failing?: number) =>
      follow(commandsOf(build.script, failing), project.root, join(project.root, ".shims"), {
        ...env,
        DATABASE_URL: database.url,
      });
    const { junit, codequality } = build.artifacts.reports;
    expect([build.artifacts.when, junit]).toEqual(["always", "target/junit*.xml"]);
    await work();
    await expectJunit(project, "target/junit.xml", 0);
    await expectJunit(project, "target/junit-seed.xml", 0);
    expect(JSON.parse(await project.read(codequality))).toEqual([]);
    expect(await schemasOf(database)).toEqual(["ci_7_galley", "ci_7_shop", "raw"]);
    await project.write(BROKEN);
    await work(1);
    await expectJunit(project, "target/junit.xml", 1);
    expect(JSON.parse(await project.read(codequality))).toMatchObject([
      { check_name: "unique_items_kind", severity: "critical", location: { path: "models/items.yml" } },
    ]);
  } finally {
    await database.drop();
  }
});
