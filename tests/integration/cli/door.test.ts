import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { buildCli, buildMutant } from "../../support/built-cli.ts";
import { withEngine } from "../../support/engine.ts";
import { makeProject } from "../../support/project.ts";
import { startCli } from "../../support/running-cli.ts";

const SLOW = {
  "models/slow.sql": "select pg_sleep(600)::text as slept\n",
  "models/b.sql": 'select * from {{ref "slow"}}\n',
};

test("--version answers with the version alone", async () => {
  await using project = await makeProject({});
  const { version } = (await import("../../../package.json", { with: { type: "json" } })).default;
  expect(await project.galley(["--version"])).toEqual({ stdout: `${version}\n`, stderr: "", code: 0 });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s stops a build: what runs is cancelled, live is unchanged, exit %i", async (signal, code) => {
  await using engine = await withEngine(SLOW);
  const run = await startCli(engine.project.root, ["build", "--log-format", "json"], engine.env);
  await run.lineWith('"node_started"');
  run.child.kill(signal);
  const last = JSON.parse(await run.lineWith('"run_finished"'));
  expect({ ...(await run.ended), state: last.state, exit: last.exit_code }).toEqual({
    code,
    signal: null,
    state: "cancelled",
    exit: code,
  });
  expect(await run.lineWith("stopping; once more ends at once")).toContain('"kind":"note"');
  const asleep =
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()";
  expect(await engine.database.query(asleep)).toEqual([{ n: 0 }]);
});

test("a second signal ends the process at once", async () => {
  await using engine = await withEngine(SLOW);
  const run = await startCli(engine.project.root, ["build", "--log-format", "json"], engine.env);
  await run.lineWith('"node_started"');
  run.child.kill("SIGINT");
  run.child.kill("SIGTERM");
  const { code } = await run.ended;
  expect([130, 143]).toContain(code);
});

test("a reader that goes away does not stop a build", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": 'select * from {{ref "a"}}\n',
  });
  const run = await startCli(engine.project.root, ["build", "--log-format", "json"], engine.env);
  run.child.stdout.destroy();
  run.child.stderr.destroy();
  expect(await run.ended).toEqual({ code: 0, signal: null });
  expect(await engine.relations()).toEqual(["shop.a", "shop.b"]);
});

test("the report goes to standard output, progress and diagnostics to standard error", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n", "models/b.sql": "select nonsense\n" });
  const { stdout, stderr, code } = await engine.project.galley(["build"], { env: engine.env });
  expect(code).toBe(3);
  expect(stdout).toContain("live is unchanged");
  expect(stdout).not.toContain("~~~~");
  expect(stderr).toMatch(/1 of 2 (OK|ERROR) +table/);
  expect(stderr).toContain("models/b.sql:1:8  error");
  expect(`${stdout}${stderr}`).not.toContain("\u001b");
});

test("JSON lines are all that stands on standard output, and target/events.jsonl says the same", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n" });
  const { stdout, code } = await engine.project.galley(["build", "--log-format", "json"], { env: engine.env });
  const kinds = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).kind);
  expect([code, kinds[0], kinds.at(-1)]).toEqual([0, "run_started", "run_finished"]);
  expect(await engine.project.read("target/events.jsonl")).toBe(stdout);
});

test("--quiet says nothing of a run that goes well", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n" });
  expect(await engine.project.galley(["build", "-q"], { env: engine.env })).toEqual({
    stdout: "",
    stderr: "",
    code: 0,
  });
});

test("an expression that matches nothing ends with 5, a wrong flag with 2", async () => {
  await using project = await makeProject({
    "project.yml": "name: shop\nschema: shop\n",
    "models/a.sql": "select 1 as id\n",
  });
  expect((await project.galley(["ls", "-s", "aa"])).code).toBe(5);
  expect((await project.galley(["ls", "--slect", "a"])).code).toBe(2);
  expect((await project.galley([])).code).toBe(2);
});

test.skipIf(process.platform !== "linux")("output that cannot be written is said, and ends with 3", async () => {
  await using project = await makeProject({
    "project.yml": "name: shop\nschema: shop\n",
    "models/a.sql": "select 1 as id\n",
  });
  const full = openSync("/dev/full", "w");
  const ended = spawnSync(process.execPath, [await buildCli(), "ls"], {
    cwd: project.root,
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["ignore", full, "pipe"],
    timeout: 60_000,
  });
  closeSync(full);
  expect(ended.status).toBe(3);
  expect(String(ended.stderr)).toMatch(/^galley could not write its output: ENOSPC/);
});

test("a bug is reported with its place in the sources", async () => {
  const path = "src/commands/ls.ts";
  const text = await readFile(new URL(`../../../${path}`, import.meta.url), "utf8");
  const line = text.slice(0, text.indexOf("tell(context, opened);")).split("\n").length;
  const program = await buildMutant({
    path,
    from: "tell(context, opened);",
    to: 'if (opened.ok) throw new Error("nobody expects this");',
  });
  await using project = await makeProject({ "project.yml": "name: shop\nschema: shop\n" });
  const ended = spawnSync(process.execPath, [program, "ls"], {
    cwd: project.root,
    env: { PATH: process.env["PATH"] ?? "" },
    encoding: "utf8",
  });
  expect(ended.status).toBe(3);
  expect(ended.stderr).toContain(`Error: nobody expects this\n    at list (${path}:${line}:24)\n`);
  expect(ended.stderr).toMatch(/ src\/cli\/main\.ts:\d+:\d+$/m);
  expect(ended.stderr).not.toContain("dist/");
});

test("under --log-format json every verb that is asked for something answers with objects", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": 'select id from {{ref "a"}}\n',
    "models/b.yml": "models: [{ name: b, columns: [{ name: id, data_tests: [unique] }] }]\n",
    "migrations/0001_make_raw.sql": "create schema raw;\n",
  });
  const asked = async (...argv: readonly string[]): Promise<readonly Record<string, unknown>[]> => {
    const { stdout } = await engine.project.galley([...argv, "--log-format", "json"], { env: engine.env });
    const lines = stdout.split("\n").filter((line) => line !== "");
    // Events stand between them, and have a version.
    return lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((object) => object["v"] === undefined);
  };
  expect(await asked("migrate", "--dry-run")).toEqual([{ number: 1, name: "0001_make_raw.sql", status: "pending" }]);
  expect((await asked("migrate")).map((m) => m["status"])).toEqual(["applied"]);
  expect(await asked("plan", "-s", "b")).toEqual([]);
  expect((await asked("plan")).map((step) => [step["step"], step["node"] ?? step["relations"], step["tests"]])).toEqual(
    [
      ["build", "model.shop.a", []],
      ["build", "model.shop.b", ["test.shop.unique_b_id"]],
      ["publish", ["shop.a", "shop.b"], undefined],
    ],
  );
  expect(await asked("build", "--dry-run")).toEqual(await asked("plan"));
  expect(await asked("compile", "-s", "a")).toMatchObject([{ id: "model.shop.a", name: "a", sql: "select 1 as id\n" }]);
  expect((await asked("debug")).map((check) => check["status"])).not.toContain("wrong");
  expect((await asked("clean", "--dry-run")).map((removal) => removal["status"])).toContain("planned");
  expect(await asked("show", "--inline", "select 1 as n")).toEqual([{ n: "1" }]);
  expect((await asked("ls")).map((node) => node["id"])).toContain("model.shop.a");
  expect(await asked("init", "new")).toMatchObject([{ files: expect.arrayContaining(["project.yml"]) }]);
});

test("a project is found from a folder below it, and by --project-dir", async () => {
  await using project = await makeProject({
    "project.yml": "name: shop\nschema: shop\n",
    "models/a.sql": "select 1 as id\n",
  });
  const below = await project.galley(["ls"], { cwd: "models" });
  const named = await project.galley(["ls", "--project-dir", project.root], { cwd: ".." });
  expect([below.stdout, named.stdout]).toEqual(["shop.a\n", "shop.a\n"]);
});

test("galley init makes a project that builds at once", async () => {
  await using project = await makeProject({});
  expect((await project.galley(["init", "."])).code).toBe(0);
  const built = await project.galley(["build"]);
  expect({ code: built.code, complaints: built.stderr.match(/error|warning/gi) }).toEqual({
    code: 0,
    complaints: null,
  });
  expect(built.stdout).toContain("2 models and 1 seed built");
});
