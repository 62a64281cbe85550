import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { buildCli } from "../../support/built-cli.ts";
import { type Engine, engineOn, photographOf, projectYml, until, withEngine } from "../../support/engine.ts";
import { makeProject } from "../../support/project.ts";

const SLOW = "select 1 as id, pg_sleep(100)::text as slept\n";

const isSleeping = async ({ database }: Engine): Promise<boolean> =>
  (await database.query("select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"))
    .length > 0;

/** A build that sleeps in a model until it is stopped. */
const slowBuild = async (engine: Engine, select: readonly string[]) => {
  const stop = new AbortController();
  const ended = engine.build({ select, signal: stop.signal });
  await until(() => isSleeping(engine));
  return { stop: () => stop.abort(), ended };
};

/** The real program, left running. */
const startCli = async (engine: Engine, args: readonly string[]) => {
  const child = spawn(process.execPath, [await buildCli(), ...args], {
    cwd: engine.project.root,
    env: { PATH: process.env["PATH"] ?? "", HOME: engine.project.root, TMPDIR: tmpdir(), ...engine.env },
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  await until(() => isSleeping(engine));
  return { child, exited };
};

const models = {
  "models/a.sql": "select 1 as id\n",
  "models/slow.sql": SLOW,
  "models/b.sql": '{{config schema="reports"}}\nselect * from {{ref "a"}}\n',
  "models/c.sql": '{{config schema="apart"}}\nselect 1 as id\n',
};

test("a second build of a schema is refused and names who holds it; other schemas are free", async () => {
  await using engine = await withEngine(models);
  expect((await engine.build({ select: ["a"] })).exit).toBe(0);
  const first = await slowBuild(engine, ["slow"]);
  const second = await engine.build({ select: ["a"] });
  expect(second.exit).toBe(6);
  expect(second.complaints).toEqual([
    expect.stringMatching(
      /^execute\/locked: schema shop is being written by another run: `galley build` of project shop, galley\/[0-9a-f-]{36}\/server of user .+, server process \d+, since \d{4}-/,
    ),
  ]);
  expect(second.result.state).toBe("refused");
  const reads = await engine.build({ select: ["b"] });
  expect([reads.exit, reads.diagnostics.map((d) => d.code)]).toEqual([6, ["execute/locked"]]);
  const apart = await engine.build({ select: ["c"] });
  expect([apart.exit, apart.complaints]).toEqual([0, []]);
  first.stop();
  expect((await first.ended).result.state).toBe("cancelled");
  expect((await engine.build({ select: ["a", "b"] })).exit).toBe(0);
});

test("--wait says once whom it waits for, and goes on when they have ended", async () => {
  await using engine = await withEngine(models);
  const first = await slowBuild(engine, ["slow"]);
  const second = await engine.build({
    select: ["a"],
    lockWaitMs: Number.POSITIVE_INFINITY,
    onEvent: ({ kind }) => kind === "lock_waiting" && first.stop(),
  });
  expect([second.exit, second.complaints]).toEqual([0, []]);
  expect(second.events.filter((e) => e.kind === "lock_waiting")).toEqual([
    {
      kind: "lock_waiting",
      schema: "shop",
      holder: expect.objectContaining({ does: "writes", project: "shop", command: "build", since: expect.any(String) }),
    },
  ]);
  await first.ended;
});

test("--wait ends with its limit, and with Ctrl-C", async () => {
  await using engine = await withEngine(models);
  const first = await slowBuild(engine, ["slow"]);
  const limited = await engine.build({ select: ["a"], lockWaitMs: 1 });
  expect([limited.exit, limited.diagnostics.map((d) => [d.code, d.help])]).toEqual([
    6,
    [["execute/locked", "give `--wait` more seconds, or end its process; nothing was changed"]],
  ]);
  const stop = new AbortController();
  const stopped = await engine.build({
    select: ["a"],
    lockWaitMs: Number.POSITIVE_INFINITY,
    signal: stop.signal,
    onEvent: ({ kind }) => kind === "lock_waiting" && stop.abort(),
  });
  expect([stopped.result.state, stopped.complaints]).toEqual([
    "cancelled",
    ["execute/cancelled: cancelled while waiting for schema shop"],
  ]);
  first.stop();
  await first.ended;
});

test("runs that read a live schema share it, and keep its writers out", async () => {
  await using engine = await withEngine({
    ...models,
    "models/slow.sql": `{{config schema="reports"}}\nselect id, pg_sleep(100)::text as slept from {{ref "a"}}\n`,
    "models/d.sql": '{{config schema="apart"}}\nselect * from {{ref "a"}}\n',
  });
  expect((await engine.build({ select: ["a"] })).exit).toBe(0);
  const reader = await slowBuild(engine, ["slow"]);
  const shared = await engine.build({ select: ["d"] });
  expect([shared.exit, shared.complaints]).toEqual([0, []]);
  const writer = await engine.build({ select: ["a"] });
  expect([writer.exit, writer.complaints]).toEqual([
    6,
    [
      expect.stringContaining(
        "execute/locked: schema shop is being read by another run: `galley build` of project shop, ",
      ),
    ],
  ]);
  reader.stop();
  await reader.ended;
  expect((await engine.build({ select: ["a"] })).exit).toBe(0);
});

test("two projects that write to one schema lock each other out", async () => {
  await using engine = await withEngine(models);
  await using project = await makeProject({
    "project.yml": projectYml().replace("name: shop", "name: depot"),
    "models/x.sql": "select 1 as id\n",
  });
  const other = engineOn(project, engine.database);
  const first = await slowBuild(engine, ["slow"]);
  expect((await other.build()).exit).toBe(6);
  first.stop();
  await first.ended;
  expect((await other.build()).exit).toBe(0);
});

test("Ctrl-C cancels what runs in the server, keeps the workspace and leaves live alone", async () => {
  const slow = 'select id, pg_sleep(100)::text as slept from {{ref "a"}}\n';
  await using engine = await withEngine({
    ...models,
    "models/slow.sql": slow,
    "models/late.sql": 'select * from {{ref "slow"}}\n',
  });
  expect((await engine.build({ select: ["a"] })).exit).toBe(0);
  const live = await photographOf(engine.database, ["shop"]);
  const { child, exited } = await startCli(engine, ["build", "--select", "a", "slow", "late"]);
  child.kill("SIGINT");
  expect(await exited).toEqual([130, null]);
  expect(await isSleeping(engine)).toBe(false);
  expect(await photographOf(engine.database, ["shop"])).toEqual(live);
  expect(await engine.relations()).toEqual(["shop.a", "shop__next.a"]);
  expect(await engine.database.query("select state from galley.runs order by started_at")).toEqual([
    { state: "succeeded" },
    { state: "cancelled" },
  ]);
  const events = (await engine.project.read("target/events.jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.filter((e) => e["kind"] === "node_finished").map((e) => [e["node"], e["status"]])).toEqual([
    ["model.shop.a", "success"],
    ["model.shop.slow", "cancelled"],
    ["model.shop.late", expect.stringMatching(/skipped|cancelled/)],
  ]);
  expect(events.at(-1)).toMatchObject({ kind: "run_finished", state: "cancelled", exit_code: 130 });
});

test("a run that was killed is ended by the next, which finds nothing of it left", async () => {
  await using engine = await withEngine(models);
  expect((await engine.build({ select: ["a"] })).exit).toBe(0);
  const { child, exited } = await startCli(engine, ["build", "--select", "a", "slow"]);
  child.kill("SIGKILL");
  await exited;
  await engine.project.write({ "models/slow.sql": "select 2 as id\n" });
  let told = await engine.build({ select: ["a", "slow"] });
  // Its idle session is gone within milliseconds, but not at once.
  while (told.exit === 6) told = await engine.build({ select: ["a", "slow"] });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(await isSleeping(engine)).toBe(false);
  expect(await engine.relations()).toEqual(["shop.a", "shop.slow"]);
  const states = await engine.database.query("select state from galley.runs order by started_at");
  expect(states.map((s) => s["state"]).filter((s) => s !== "refused")).toEqual(["succeeded", "abandoned", "succeeded"]);
});
