import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/domain/event.ts";
import { openClient, photographOf, until, withEngine } from "../../support/engine.ts";

type Waiting = Extract<RunEvent, { kind: "publish_waiting" }>;

/** The first time that publish says it is waiting, resolves to what it says. */
const waitingTold = () => {
  let told: (event: Waiting) => void = () => undefined;
  const waiting = new Promise<Waiting>((resolve) => {
    told = resolve;
  });
  const onEvent = (event: RunEvent): void => {
    if (event.kind === "publish_waiting") told(event);
  };
  return { waiting, onEvent };
};

const ab = (n: number) => ({
  "models/a.sql": `select ${n} as n, g as id from generate_series(1, 50) as g\n`,
  "models/b.sql": `select ${n} as n, id from {{ref "a"}}\n`,
  "models/v.sql": '{{config materialized="view"}}\nselect n, id from {{ref "b"}}\n',
});

test("a reader's open transaction holds publish up, is named, and sees its own day to the end", async () => {
  await using engine = await withEngine(ab(1));
  expect((await engine.build()).exit).toBe(0);
  await using reader = await openClient(engine.database.url, "dashboard");
  await reader.query("begin; select n from shop.a limit 1");
  await engine.project.write(ab(2));
  const { waiting, onEvent } = waitingTold();
  const running = engine.build({ onEvent });
  const event = await waiting;
  expect(event).toMatchObject({ reason: "lock", holders: [{ pid: reader.pid, application: "dashboard" }] });
  expect(await reader.query("select distinct n from shop.a")).toEqual([{ n: 1 }]);
  await reader.query("commit");
  const told = await running;
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(told.result.publish).toMatchObject({ status: "published", relations: 3 });
  expect(told.result.publish?.attempts).toBeGreaterThan(1);
  expect(await reader.query("select distinct n from shop.v")).toEqual([{ n: 2 }]);
});

test("whoever changes what a relation is made of holds publish up too, and is named", async () => {
  await using engine = await withEngine(ab(1));
  expect((await engine.build()).exit).toBe(0);
  await using tender = await openClient(engine.database.url, "maintenance");
  await tender.query("begin; comment on table shop.a is 'mine'");
  const told = await engine.build({
    onEvent: (event) => {
      if (event.kind === "publish_waiting") void tender.query("commit");
    },
  });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(told.events.filter((e) => e.kind === "publish_waiting")).toMatchObject([
    { reason: "lock", holders: [{ pid: tender.pid, application: "maintenance" }] },
  ]);
  expect(await engine.database.query("select obj_description('shop.a'::regclass) as a")).toEqual([{ a: "mine" }]);
});

test("publish gives up after publish_timeout, names who held it, and live is unchanged", async () => {
  await using engine = await withEngine(ab(1), { target: "publish_timeout: 1ms, lock_timeout: 10ms" });
  expect((await engine.build()).exit).toBe(0);
  const before = await photographOf(engine.database, ["shop"]);
  await using reader = await openClient(engine.database.url, "dashboard");
  await reader.query("begin; select n from shop.a limit 1");
  await engine.project.write(ab(2));
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    6,
    [
      expect.stringMatching(
        `^execute/publish-timeout: live was in use for .* by dashboard \\(process ${reader.pid}\\); nothing was published$`,
      ),
    ],
  ]);
  expect(told.result.publish).toMatchObject({ status: "refused" });
  expect(await photographOf(engine.database, ["shop"])).toEqual(before);
  await reader.query("commit");
  expect((await engine.build()).exit).toBe(0);
});

test("a snapshot from before the build is waited for and named; then it is published without a warning", async () => {
  await using engine = await withEngine(ab(1));
  expect((await engine.build()).exit).toBe(0);
  await using old = await openClient(engine.database.url, "export");
  await old.query("begin isolation level repeatable read; select 1 from pg_class limit 1");
  await engine.project.write(ab(2));
  const { waiting, onEvent } = waitingTold();
  const running = engine.build({ onEvent });
  expect(await waiting).toMatchObject({
    reason: "old_snapshot",
    holders: [{ pid: old.pid, application: "export" }],
  });
  expect(await old.query("select count(*)::int as n from shop.a where n = 1")).toEqual([{ n: 50 }]);
  await old.query("commit");
  const told = await running;
  expect([told.exit, told.complaints, told.result.publish?.status]).toEqual([0, [], "published"]);
});

test("after old_snapshot_wait it publishes with a warning that names the transaction", async () => {
  await using engine = await withEngine(ab(1), { target: "old_snapshot_wait: 1ms" });
  expect((await engine.build()).exit).toBe(0);
  await using old = await openClient(engine.database.url, "export");
  await old.query("begin isolation level repeatable read; select 1 from pg_class limit 1");
  const told = await engine.build();
  expect([told.exit, told.complaints, told.result.publish?.status]).toEqual([
    0,
    [
      `execute/old-snapshot: a transaction older than this build is still open by export (process ${old.pid}): it reads replaced tables as empty`,
    ],
    "published",
  ]);
});

test("under --strict-readers an old transaction that stays leaves live as it was", async () => {
  await using engine = await withEngine(ab(1), { target: "old_snapshot_wait: 1ms" });
  expect((await engine.build()).exit).toBe(0);
  const before = await photographOf(engine.database, ["shop"]);
  await using old = await openClient(engine.database.url, "export");
  await old.query("begin isolation level repeatable read; select 1 from pg_class limit 1");
  await engine.project.write(ab(2));
  const told = await engine.build({ readers: "strict" });
  expect([told.exit, told.complaints, told.result.publish?.status]).toEqual([
    6,
    [
      `execute/old-snapshot: a transaction older than this build is still open by export (process ${old.pid}), and would read replaced tables as empty: nothing was published`,
    ],
    "refused",
  ]);
  expect(await photographOf(engine.database, ["shop"])).toEqual(before);
  await old.query("commit");
  expect((await engine.build({ readers: "strict" })).exit).toBe(0);
});

test("another role's transaction is waited for as well, although its snapshot cannot be seen", async () => {
  await using engine = await withEngine(ab(1), { target: "old_snapshot_wait: 1ms" });
  const { database } = engine;
  expect((await engine.build()).exit).toBe(0);
  // The server's superuser is another role, and one whose sessions the owner may not look into.
  await using old = await openClient(database.superuserUrl, "export");
  const seen = `select backend_type from pg_stat_activity where pid = ${old.pid}`;
  expect(await database.query(seen)).toEqual([{ backend_type: null }]);
  await old.query("begin isolation level repeatable read; select 1 from pg_class limit 1");
  const waited = await engine.build();
  expect([waited.exit, waited.diagnostics.map((d) => d.code)]).toEqual([0, ["execute/old-snapshot"]]);
  expect(waited.complaints[0]).toContain(`export (process ${old.pid})`);
  await old.query("commit");
  const well = await engine.build();
  expect([well.exit, well.complaints]).toEqual([0, []]);
});

test("readers that hammer several relations see all of one day in a statement, and no error", async () => {
  await using engine = await withEngine(ab(0));
  expect((await engine.build()).exit).toBe(0);
  let isOver = false;
  const seen = new Set<string>();
  const read = async (isTransaction: boolean): Promise<void> => {
    await using client = await openClient(engine.database.url);
    while (!isOver) {
      if (isTransaction) await client.query("begin");
      const [row] = await client.query(
        `select (select string_agg(distinct n::text || ':' || c, ',') from (select n, count(*) as c from shop.a group by n) x) as a,
                (select string_agg(distinct n::text || ':' || c, ',') from (select n, count(*) as c from shop.v group by n) x) as v,
                (select string_agg(distinct n::text || ':' || c, ',') from (select n, count(*) as c from shop.b group by n) x) as b`,
      );
      seen.add(`${row?.["a"]} ${row?.["v"]} ${row?.["b"]}`);
      if (isTransaction) await client.query("select count(*) from shop.b; commit");
    }
  };
  const readers = [read(false), read(false), read(true)];
  for (const n of [1, 2, 3, 4]) {
    await engine.project.write(ab(n));
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    await until(async () => seen.has(`${n}:50 ${n}:50 ${n}:50`));
  }
  isOver = true;
  await Promise.all(readers);
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4].map((n) => `${n}:50 ${n}:50 ${n}:50`));
});

test.each([
  ["table", "view"],
  ["view", "table"],
  ["table", "materialized_view"],
  ["materialized_view", "view"],
])("a %s becomes a %s", async (from, to) => {
  const a = (kind: string, n: number) => ({
    "models/a.sql": `{{config materialized="${kind}"}}\nselect ${n} as n\n`,
    "models/v.sql": '{{config materialized="view"}}\nselect n from {{ref "a"}}\n',
  });
  await using engine = await withEngine(a(from, 1));
  expect((await engine.build()).exit).toBe(0);
  await engine.project.write(a(to, 2));
  const plan = await engine.plan();
  expect([...(plan.value?.tasks.values() ?? [])].flatMap((t) => (t.kind === "build" ? [t.action] : []))).toEqual([
    `replace ${from.replace("_", " ")} by ${to.replace("_", " ")}`,
    "replace view",
  ]);
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(await engine.database.query("select n from shop.v")).toEqual([{ n: 2 }]);
  expect(await engine.relations()).toEqual(["shop.a", "shop.v"]);
});

test("Ctrl-C while publish waits for its locks leaves live alone", async () => {
  await using engine = await withEngine(ab(1));
  expect((await engine.build()).exit).toBe(0);
  const before = await photographOf(engine.database, ["shop"]);
  await using reader = await openClient(engine.database.url, "dashboard");
  await reader.query("begin; select n from shop.a limit 1");
  const stop = new AbortController();
  const told = await engine.build({
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "publish_waiting") stop.abort();
    },
  });
  expect(told.complaints).toEqual(["execute/cancelled: cancelled before publish: live is unchanged"]);
  expect(told.result.state).toBe("cancelled");
  expect(await photographOf(engine.database, ["shop"])).toEqual(before);
});
