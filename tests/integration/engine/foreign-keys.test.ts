import { expect, test } from "vitest";
import { type Engine, openClient, withEngine } from "../../support/engine.ts";

const raw = {
  "models/sources.yml": "sources: [{ name: raw, tables: [{ name: games }] }]\n",
  "models/bets.sql": 'select id as game_id from {{source "raw" "games"}}\n',
  "models/bets.yml": `models:
  - name: bets
    constraints:
      - { type: primary_key, columns: [game_id] }
      - { type: foreign_key, columns: [game_id], to: "source('raw', 'games')", to_columns: [id] }
`,
};

const keysOf = async ({ database }: Engine) =>
  (
    await database.query(
      "select replace(conrelid::regclass::text || ' → ' || confrelid::regclass::text, '\"', '') as key, convalidated from pg_constraint where contype = 'f' and connamespace <> 'galley'::regnamespace order by 1",
    )
  ).map((row) => `${row["key"]} ${row["convalidated"] === true ? "validated" : "not valid"}`);

const withRaw = async (target = ""): Promise<Engine> => {
  const engine = await withEngine(raw, { target });
  await engine.database.query(
    "create schema raw; create table raw.games (id int primary key); insert into raw.games values (1), (2)",
  );
  return engine;
};

test("a foreign key that leaves the run is made before publish, validated, and again with each build", async () => {
  await using engine = await withRaw();
  for (let i = 0; i < 2; i++) {
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(await keysOf(engine)).toEqual(["shop.bets → raw.games validated"]);
  }
});

test("rows without a parent are a failed data test; the workspace that is kept guards nothing", async () => {
  await using engine = await withRaw();
  expect((await engine.build()).exit).toBe(0);
  await engine.project.write({
    "models/bets.sql": 'select id as game_id from {{source "raw" "games"}} union all select 9\n',
  });
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([1, []]);
  expect([...told.result.tests.values()].map((t) => [t.name, t.status, t.failures, t.sample?.rows])).toEqual([
    ["bets_game_id_fkey", "fail", 1, [["9"]]],
  ]);
  expect(told.result.publish?.status).toBe("refused");
  expect(await keysOf(engine)).toEqual(["shop.bets → raw.games validated"]);
  expect(await engine.relations()).toEqual(["raw.games", "shop.bets", "shop__next.bets"]);
  expect(
    await engine.database.query("select test_id, status from galley.test_results where status = 'fail'"),
  ).toHaveLength(1);
});

test("a failed run keeps nobody from deleting raw", async () => {
  await using engine = await withRaw();
  await engine.project.write({ "models/fails.test.sql": 'select * from {{ref "bets"}}\n' });
  expect((await engine.build()).exit).toBe(1);
  expect(await keysOf(engine)).toEqual([]);
  await engine.database.query("delete from raw.games where id = 1; truncate raw.games");
});

test("a writer of raw with an open transaction holds the key up, and nobody behind it", async () => {
  await using engine = await withRaw();
  await using writer = await openClient(engine.database.url, "loader");
  await writer.query("begin; insert into raw.games values (3)");
  const told = await engine.build({
    onEvent: (event) => {
      if (event.kind === "publish_waiting")
        void engine.database.query("insert into raw.games values (4)").then(() => writer.query("commit"));
    },
  });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(told.events.filter((e) => e.kind === "publish_waiting")).toMatchObject([
    { reason: "lock", holders: [{ pid: writer.pid, application: "loader" }] },
  ]);
  expect(told.result.publish?.waitedMs).toBeGreaterThan(0);
  expect(await engine.database.query("select game_id from shop.bets order by 1")).toEqual([
    { game_id: 1 },
    { game_id: 2 },
  ]);
});

test("a writer of raw who never ends is told of, and after publish_timeout nothing is published", async () => {
  await using engine = await withRaw("publish_timeout: 1ms, lock_timeout: 150ms");
  await using writer = await openClient(engine.database.url, "loader");
  await writer.query("begin; insert into raw.games values (3)");
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    6,
    [
      "execute/publish-timeout: foreign key bets_game_id_fkey could not be made: for 0 s somebody was writing to one of its tables; nothing was published",
    ],
  ]);
  expect(told.events.filter((e) => e.kind === "publish_waiting")).toMatchObject([
    { reason: "lock", holders: [{ pid: writer.pid, application: "loader" }] },
  ]);
});

test("foreign keys between nodes of the run: mutual ones, one on itself, across schemas; replaced and cleared away", async () => {
  await using engine = await withEngine({
    "models/left.sql": "select 1 as id, 1 as other\n",
    "models/right.sql": '{{config schema="apart"}}\nselect 1 as id, 1 as other\n',
    "models/tree.sql": "select * from (values (1, null::int), (2, 1)) as v (id, parent)\n",
    "models/models.yml": `models:
  - name: left
    constraints:
      - { type: primary_key, columns: [id] }
      - { type: foreign_key, columns: [other], to: ref('right'), to_columns: [id] }
  - name: right
    constraints:
      - { type: primary_key, columns: [id] }
      - { type: foreign_key, columns: [other], to: ref('left'), to_columns: [id] }
  - name: tree
    constraints:
      - { type: primary_key, columns: [id] }
      - { type: foreign_key, columns: [parent], to: ref('tree'), to_columns: [id] }
`,
  });
  const made = [
    "apart.right → shop.left validated",
    "shop.left → apart.right validated",
    "shop.tree → shop.tree validated",
  ];
  for (let i = 0; i < 3; i++) {
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(await keysOf(engine)).toEqual(made);
    expect(await engine.relations()).toEqual(["apart.right", "shop.left", "shop.tree"]);
  }
  await engine.project.write({ "models/left.sql": "select 1 as id, 2 as other\n" });
  const failed = await engine.build();
  expect([failed.exit, failed.complaints]).toEqual([1, []]);
  expect([...failed.result.tests.values()].map((t) => [t.name, t.failures])).toEqual([["left_other_fkey", 1]]);
  await engine.project.write({ "models/left.sql": "select 1 as id, 1 as other\n" });
  const again = await engine.build();
  expect([again.exit, again.complaints]).toEqual([0, []]);
});

test("a key to a model outside the run refers to its live relation, whose schema is locked; when that alone is replaced it goes over", async () => {
  await using engine = await withEngine({
    "models/parents.sql": "select 1 as id\n",
    "models/children.sql": '{{config schema="apart"}}\nselect 1 as parent\n',
    "models/models.yml": `models:
  - { name: parents, constraints: [{ type: primary_key, columns: [id] }] }
  - { name: children, constraints: [{ type: foreign_key, columns: [parent], to: ref('parents'), to_columns: [id] }] }
`,
  });
  const absent = await engine.build({ select: ["children"] });
  expect([absent.exit, absent.complaints]).toEqual([
    2,
    ["plan/absent-relation: model.shop.parents is read by model.shop.children, and shop.parents is not there"],
  ]);
  expect((await engine.build({ select: ["parents"] })).exit).toBe(0);
  expect((await engine.build({ select: ["children"] })).exit).toBe(0);
  expect(await keysOf(engine)).toEqual(["apart.children → shop.parents validated"]);
  const alone = await engine.build({ select: ["parents"] });
  expect([alone.exit, alone.complaints, await keysOf(engine)]).toEqual([
    0,
    [],
    ["apart.children → shop.parents validated"],
  ]);
  const both = await engine.build({ select: ["parents", "children"] });
  expect([both.exit, both.complaints]).toEqual([0, []]);
});
