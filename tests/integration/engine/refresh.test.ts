/** `galley refresh`: rows of materialized views renewed on live, in order, with readers left alone where that can be. */
import { expect, it } from "vitest";
import { type Engine, openClient, until, withEngine } from "../../support/engine.ts";

const KEYED = `
models:
  - name: totals
    config: { materialized: materialized_view, indexes: [{ columns: [team], unique: true }] }
  - name: best
    config: { materialized: materialized_view }
  - name: shown
    config: { materialized: view }
sources: [{ name: raw, tables: [{ name: games }] }]
`;

const FILES = {
  "models/totals.sql": 'select team, sum(points) as points from {{source "raw" "games"}} group by team',
  "models/shown.sql": 'select * from {{ref "totals"}} where points > 0',
  "models/best.sql": 'select max(points) as points from {{ref "shown"}}',
  "models/models.yml": KEYED,
};

const withGames = async (files: Readonly<Record<string, string>> = FILES): Promise<Engine> => {
  const engine = await withEngine(files);
  await engine.database.query("create schema raw; create table raw.games (team text, points int)");
  await engine.database.query("insert into raw.games values ('a', 1), ('b', 2)");
  expect((await engine.build()).complaints).toEqual([]);
  await engine.database.query("insert into raw.games values ('a', 10)");
  return engine;
};

const pointsOf = async ({ database }: Engine, from: string): Promise<unknown> =>
  (await database.query(`select max(points)::int as points from ${from}`))[0]?.["points"];

it("renews the rows of one that stands on another, parents first", async () => {
  await using engine = await withGames();
  expect(await pointsOf(engine, "shop.best")).toBe(2);
  const told = await engine.refresh();
  expect(told.exit).toBe(0);
  expect(await pointsOf(engine, "shop.totals")).toBe(11);
  expect(await pointsOf(engine, "shop.best")).toBe(11);
  const finished = told.events.flatMap((e) => (e.kind === "node_finished" ? [`${e.node} ${e.status} ${e.rows}`] : []));
  expect(finished).toEqual(["model.shop.totals success 2", "model.shop.best success 1"]);
});

it("shuts no reader out where a unique index stands, and says where it must", async () => {
  await using engine = await withGames();
  await using reader = await openClient(engine.database.url);
  await reader.query("begin; select * from shop.totals");
  const told = await engine.refresh({ select: ["totals"] });
  expect(told.exit).toBe(0);
  expect(told.events.filter((e) => e.kind === "note")).toEqual([]);
  await reader.query("commit");
  const other = await engine.refresh({ select: ["best"] });
  expect(other.events.filter((e) => e.kind === "note")).toEqual([
    {
      kind: "note",
      message: "shop.best: readers wait, for it has no unique index over plain columns (declare one under `indexes`)",
    },
  ]);
});

it("gives way to a reader that it must shut out, and tries again", async () => {
  await using engine = await withGames();
  await using reader = await openClient(engine.database.url);
  await reader.query("begin; select * from shop.best");
  const refreshing = engine.refresh({ select: ["best"] });
  await until(async () => {
    const [row] = await engine.database.query(
      `select count(*)::int as n from pg_stat_activity where query = 'rollback' and state = 'idle'
         and application_name like 'galley/%' and datname = current_database()`,
    );
    return row?.["n"] === 1;
  });
  await reader.query("commit");
  expect((await refreshing).exit).toBe(0);
});

it("runs what was published, and says that the project has changed since", async () => {
  await using engine = await withGames();
  await engine.project.write({
    "models/totals.sql": 'select team, -sum(points) as points from {{source "raw" "games"}} group by team',
    "models/models.yml": KEYED.replace("columns: [team]", "name: by_team, columns: [team]"),
  });
  const told = await engine.refresh({ select: ["totals"] });
  expect(told.complaints).toEqual([
    "execute/changed-since-build: shop.totals: its query has changed since it was built; the index by_team is not there",
  ]);
  expect(await pointsOf(engine, "shop.totals")).toBe(11);
});

it("refuses what is not live, and what belongs to somebody else", async () => {
  await using engine = await withEngine(FILES);
  await engine.database.query("create schema raw; create table raw.games (team text, points int)");
  await engine.database.query("create schema shop; create materialized view shop.best as select 1 as points");
  const told = await engine.refresh();
  expect(told.exit).toBe(6);
  expect(told.complaints).toEqual(["execute/not-refreshable: shop.totals is no materialized view on live"]);
  const other = await engine.refresh({ select: ["best"] });
  expect(other.complaints).toEqual([
    "execute/not-refreshable: the materialized view shop.best was not made for model.shop.best",
  ]);
});

it("keeps the old rows of one whose query fails, and of those that stand on it", async () => {
  await using engine = await withGames({
    ...FILES,
    "models/totals.sql": 'select team, 100 / min(points) as points from {{source "raw" "games"}} group by team',
  });
  await engine.database.query("insert into raw.games values ('c', 0)");
  const told = await engine.refresh();
  expect(told.exit).toBe(3);
  expect(told.events.flatMap((e) => (e.kind === "node_finished" ? [e.status] : []))).toEqual(["error", "skipped"]);
  expect(await pointsOf(engine, "shop.totals")).toBe(100);
});
