import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/domain/event.ts";
import { type Engine, engineOn, openClient, photographOf, type Told, until, withEngine } from "../../support/engine.ts";
import { isCommit, type OnSent, type TestProxy, withProxy } from "../../support/proxy.ts";
import { startCli } from "../../support/running-cli.ts";

const files = { "models/a.sql": "select 1 as id\n", "models/b.sql": 'select * from {{ref "a"}}\n' };
const changed = { "models/a.sql": "select 2 as id\n" };

const idOf = async ({ database }: Engine): Promise<unknown> =>
  (await database.query("select b.id from shop.a join shop.b using (id)"))[0]?.["id"];

/** The engine's project and database, reached through the wire. */
const through = (engine: Engine, proxy: TestProxy): Engine =>
  engineOn(engine.project, { ...engine.database, url: proxy.url });

const ending = ({ exit, result, diagnostics }: Told) => ({
  exit,
  state: result.state,
  publish: result.publish?.status,
  said: diagnostics.map((d) => d.code),
});

const lost = { exit: 4, state: "failed", publish: "refused", said: ["postgres/connection-lost"] };

/** A build through a wire that does something at COMMIT, over a live that an undisturbed build made. */
const buildThrough = async (
  engine: Engine,
  atCommit: (wire: Parameters<OnSent>[1], proxy: TestProxy, piece: Buffer) => void,
) => {
  expect((await engine.build()).exit).toBe(0);
  await engine.project.write(changed);
  let proxy: TestProxy | undefined;
  await using wire = await withProxy(engine.database.url, (piece, pair) => {
    if (!isCommit(piece) || proxy === undefined) return "passed";
    atCommit(pair, proxy, piece);
    return "held";
  });
  proxy = wire;
  return await through(engine, wire).build();
};

test("a connection that is lost before COMMIT arrives: not published, exit 4, and retry goes on", async () => {
  await using engine = await withEngine(files);
  const told = await buildThrough(engine, ({ client, server }) => {
    client.destroy();
    server.destroy();
  });
  expect(ending(told)).toEqual(lost);
  expect(await idOf(engine)).toBe(1);
  const again = await engine.retry({ lockWaitMs: 60_000 });
  expect([again.exit, again.complaints, await idOf(engine)]).toEqual([0, [], 2]);
});

test("the server that has not noticed is not believed as long as its session lives", async () => {
  await using engine = await withEngine(files);
  const told = await buildThrough(engine, ({ client, server }) => {
    // The server's side stays open: an idle transaction that holds every lock.
    server.removeAllListeners("end");
    client.removeAllListeners("end");
    client.destroy();
  });
  expect(ending(told)).toEqual(lost);
  expect(await idOf(engine)).toBe(1);
});

test("a connection that is lost after COMMIT arrived: published, exit 0", async () => {
  await using engine = await withEngine(files);
  const told = await buildThrough(engine, ({ client, server }, _proxy, piece) => {
    server.removeAllListeners("data");
    server.on("data", () => client.destroy());
    server.write(piece);
  });
  expect(ending(told)).toEqual({ exit: 0, state: "succeeded", publish: "published", said: [] });
  expect(told.events).toContainEqual({
    kind: "note",
    message: "the connection was lost at COMMIT, which the server carried out: published",
  });
  expect(await idOf(engine)).toBe(2);
  expect(await engine.relations()).toEqual(["shop.a", "shop.b"]);
});

test("a server that needs a moment is asked again", async () => {
  await using engine = await withEngine(files);
  let turnedAway = 0;
  const told = await buildThrough(engine, ({ server }, proxy, piece) => {
    server.removeAllListeners("data");
    server.on("data", () => proxy.cut());
    proxy.admit("nobody", () => {
      turnedAway++;
      if (turnedAway === 3) proxy.admit("everybody");
    });
    server.write(piece);
  });
  expect(turnedAway).toBe(3);
  expect(ending(told)).toEqual({ exit: 0, state: "succeeded", publish: "published", said: [] });
});

test("a server that stays away: exit 4, the outcome is not known yet, and retry finds it out", async () => {
  await using engine = await withEngine(files, { target: "publish_timeout: 1s" });
  const told = await buildThrough(engine, ({ server }, proxy, piece) => {
    server.removeAllListeners("data");
    server.on("data", () => proxy.cut());
    proxy.admit("nobody");
    server.write(piece);
  });
  expect(told.exit).toBe(4);
  expect([told.result.publish?.status, told.diagnostics[0]?.code]).toEqual(["unknown", "execute/outcome-unknown"]);
  expect(told.diagnostics[0]?.help).toContain("`galley retry` finds out");
  expect(await idOf(engine)).toBe(2);
  const again = await engine.retry();
  expect([again.exit, again.events.flatMap((e) => (e.kind === "note" ? [e.message] : []))]).toEqual([
    0,
    [expect.stringContaining("was published")],
  ]);
  expect((await engine.build()).exit).toBe(0);
});

test("Ctrl-C while publish waits for a reader rolls back: exit 130, live is unchanged, retry goes on", async () => {
  await using engine = await withEngine(files);
  expect((await engine.build()).exit).toBe(0);
  await engine.project.write(changed);
  const live = await photographOf(engine.database, ["shop"]);
  await using reader = await openClient(engine.database.url, "dashboard");
  await reader.query("begin; select * from shop.a");
  const run = await startCli(engine.project.root, ["build", "--log-format", "json"], engine.env);
  await run.lineWith('"reason":"lock"');
  run.child.kill("SIGINT");
  const last = JSON.parse(await run.lineWith('"run_finished"'));
  expect({ ...(await run.ended), state: last.state }).toEqual({ code: 130, signal: null, state: "cancelled" });
  await reader.query("rollback");
  expect(await photographOf(engine.database, ["shop"])).toEqual(live);
  const again = await engine.retry();
  expect([again.exit, [...again.result.nodes.values()].map((n) => n.status)]).toEqual([0, ["kept", "kept"]]);
  expect(await idOf(engine)).toBe(2);
});

test("a test that is stopped answers for each test, and keeps what was decided", async () => {
  await using engine = await withEngine({
    ...files,
    "models/a.yml":
      "models: [{ name: a, columns: [{ name: id, data_tests: [unique] }] }]\nunit_tests: [{ name: one, model: a, expect: { rows: [{ id: 1 }] } }]\n",
  });
  expect((await engine.build()).exit).toBe(0);
  const stoppedAt = async (kind: RunEvent["kind"]) => {
    const stop = new AbortController();
    const told = await engine.test({
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === kind) stop.abort();
      },
    });
    const tests = [...told.result.tests.values()].map((t) => [t.name, t.status, t.because]);
    const recorded = await engine.database.query(
      "select r.state, t.status from galley.runs r left join galley.test_results t using (run_id) where r.command = 'test'",
    );
    return { ended: [told.exit, told.result.state], tests, recorded };
  };
  const unique = ["unique_a_id", "cancelled", "the run was cancelled"];
  expect(await stoppedAt("run_started")).toEqual({
    ended: [3, "cancelled"],
    tests: [["one", "cancelled", "the run was cancelled"], unique],
    recorded: [],
  });
  expect(await stoppedAt("test_finished")).toEqual({
    ended: [3, "cancelled"],
    tests: [["one", "pass", undefined], unique],
    recorded: [{ state: "cancelled", status: "pass" }],
  });
});

test("Ctrl-C once COMMIT is sent comes too late: the run is published and says so", async () => {
  await using engine = await withEngine(files);
  let release = (): void => undefined;
  let isSent = false;
  await using wire = await withProxy(engine.database.url, (piece, { server }) => {
    if (!isCommit(piece)) return "passed";
    isSent = true;
    release = () => void server.write(piece);
    return "held";
  });
  const run = await startCli(engine.project.root, ["build", "--log-format", "json"], { DATABASE_URL: wire.url });
  await until(async () => isSent);
  run.child.kill("SIGTERM");
  await run.lineWith("stopping; once more ends at once");
  release();
  const published = JSON.parse(await run.lineWith('"publish_finished"'));
  const last = JSON.parse(await run.lineWith('"run_finished"'));
  expect([published.status, last.state, (await run.ended).code]).toEqual(["published", "succeeded", 143]);
  expect(await idOf(engine)).toBe(1);
});

test("a second Ctrl-C ends the process at once, and its query in the server with it", async () => {
  await using engine = await withEngine({ ...files, "models/slow.sql": "select pg_sleep(100)::text as x\n" });
  // Nobody can be asked to cancel anything: the first Ctrl-C cannot come to an end.
  await using wire = await withProxy(engine.database.url, () => "passed");
  const asleep = async (): Promise<boolean> =>
    (
      await engine.database.query(
        "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
      )
    ).length > 0;
  const run = await startCli(engine.project.root, ["build", "--log-format", "json"], { DATABASE_URL: wire.url });
  await until(asleep);
  wire.admit("nobody");
  run.child.kill("SIGINT");
  await run.lineWith("stopping; once more ends at once");
  expect(await asleep()).toBe(true);
  run.child.kill("SIGINT");
  expect(await run.ended).toEqual({ code: 130, signal: null });
  await until(async () => !(await asleep()));
  await engine.project.write({ "models/slow.sql": "select 'awake' as x\n" });
  const again = await engine.retry({ lockWaitMs: 60_000 });
  expect([again.exit, again.complaints]).toEqual([0, []]);
});
