/** `galley check incremental`: right models pass, and each way of being wrong is a finding with its rows. */
import { expect, it } from "vitest";
import type { CheckedModel } from "../../../src/commands/answers.ts";
import { type Engine, photographOf, withEngine } from "../../support/engine.ts";

const models = (config: string): string => `
models:
  - { name: totals, config: { materialized: incremental, ${config} } }
sources: [{ name: raw, tables: [{ name: games, config: { event_time: day } }, { name: teams }] }]
`;

const keyed = models("unique_key: [team, day]");

const RIGHT = `select team, day, sum(points) as points from {{ref "scored"}}
{{#if is_incremental}}where day >= (select max(day) from {{this}}) - 3{{/if}}
group by team, day`;

const files = (query: string, yml = keyed): Readonly<Record<string, string>> => ({
  "models/scored.sql": 'select g.* from {{source "raw" "games"}} g join {{source "raw" "teams"}} using (team)',
  "models/totals.sql": query,
  "models/models.yml": yml,
});

const withGames = async (query: string, yml?: string): Promise<Engine> => {
  const engine = await withEngine(files(query, yml));
  await engine.database.query(`create schema raw;
    create table raw.teams (team text); insert into raw.teams values ('a'), ('b');
    create table raw.games (team text, day date, points int);
    insert into raw.games select t, date '2026-01-01' + d, d from generate_series(0, 8) d, unnest(array['a', 'b']) t`);
  return engine;
};

const verdicts = (value: readonly CheckedModel[] | undefined): readonly string[] =>
  (value ?? []).flatMap((m) => m.probes.map((p) => `${p.probe}: ${p.verdict} -${p.missing} +${p.extra}`));

it("says of a model that looks far enough back that it holds what a full build holds, and leaves nothing behind", async () => {
  await using engine = await withGames(RIGHT);
  expect((await engine.build()).exit).toBe(0);
  const before = await photographOf(engine.database, ["shop", "raw"]);
  const relations = await engine.relations();
  const told = await engine.checkIncremental();
  expect(told.complaints).toEqual([]);
  expect(verdicts(told.value)).toEqual(["in order: same -0 +0", "replayed: same -0 +0", "late rows: same -0 +0"]);
  expect(told.exit).toBe(0);
  expect(await photographOf(engine.database, ["shop", "raw"])).toEqual(before);
  expect(await engine.relations()).toEqual(relations);
});

it("masks personal columns of the rows in which they differ", async () => {
  const yml = keyed.replace("totals, ", "totals, columns: [{ name: points, meta: { pii: true } }], ");
  await using engine = await withGames(
    RIGHT.replace(">= (select max(day) from {{this}}) - 3", "> (select max(day) from {{this}})"),
    yml,
  );
  const { value } = await engine.checkIncremental();
  const rows = value?.flatMap((m) => m.probes.flatMap((p) => p.rows.map((row) => row.at(-1)))) ?? [];
  expect([...new Set(rows)]).toEqual(["•••"]);
});

it("needs no build before it", async () => {
  await using engine = await withGames(RIGHT);
  expect((await engine.checkIncremental()).exit).toBe(0);
});

it("finds rows that come late", async () => {
  await using engine = await withGames(
    RIGHT.replace(">= (select max(day) from {{this}}) - 3", "> (select max(day) from {{this}})"),
  );
  const told = await engine.checkIncremental();
  expect(told.exit).toBe(1);
  expect(verdicts(told.value)).toEqual(["in order: same -0 +0", "replayed: same -0 +0", "late rows: differs -2 +0"]);
  const late = told.value?.[0]?.probes[2];
  expect(late?.columns).toEqual(["only in", "team", "day", "points"]);
  expect(late?.rows).toEqual([
    ["full build", "a", "2026-01-08", "7"],
    ["full build", "b", "2026-01-08", "7"],
  ]);
});

it("finds rows that come twice when the last step is replayed", async () => {
  const query = `select team, day, points from {{ref "scored"}}
    {{#if is_incremental}}where day > (select coalesce(max(day), '-infinity') from {{this}} where points < 8){{/if}}`;
  await using engine = await withGames(query, models("incremental_strategy: append"));
  const told = await engine.checkIncremental();
  expect(told.exit).toBe(1);
  expect(verdicts(told.value)[0]).toBe("in order: same -0 +0");
  expect(verdicts(told.value)[1]).toBe("replayed: differs -0 +2");
});

it("finds what only a full build can know", async () => {
  const query = `select team, day, sum(points) over (partition by team order by day) as points from {{ref "scored"}}
    {{#if is_incremental}}where day > (select max(day) from {{this}}){{/if}}`;
  await using engine = await withGames(query);
  const told = await engine.checkIncremental();
  expect(told.exit).toBe(1);
  expect(verdicts(told.value)[0]).toBe("in order: differs -12 +12");
});

it("lets a key of delete_insert stand for many rows", async () => {
  const query = `select team, day, points from {{ref "scored"}}
    {{#if is_incremental}}where day >= (select max(day) from {{this}}) - 3{{/if}}`;
  await using engine = await withGames(query, models("unique_key: [day], incremental_strategy: delete_insert"));
  const told = await engine.checkIncremental();
  expect(verdicts(told.value)).toEqual(["in order: same -0 +0", "replayed: same -0 +0", "late rows: same -0 +0"]);
  expect([told.exit, told.complaints]).toEqual([0, []]);
});

it("says so when a key stands twice among the new rows", async () => {
  const query = `select team, day, points from {{ref "scored"}}
    {{#if is_incremental}}where day >= (select max(day) from {{this}}) - 3 union all select 'a', date '2026-01-09', 0{{/if}}`;
  await using engine = await withGames(query);
  const told = await engine.checkIncremental();
  expect(told.exit).toBe(1);
  expect(told.complaints[0]).toMatch(/^check\/not-grown: .*could not create unique index/);
  expect(told.value?.[0]?.verdict).toBe("failed");
});

it("says that it proves nothing where no source keeps time, and refuses a clock that is not there", async () => {
  await using engine = await withGames(RIGHT, keyed.replace(", config: { event_time: day }", ""));
  const told = await engine.checkIncremental();
  expect(told.exit).toBe(0);
  expect(told.complaints).toEqual([
    "check/not-proved: model.shop.totals: nothing that it reads has an event_time, so there is no past to grow it from",
  ]);
  await engine.project.write({ "models/models.yml": keyed.replace("event_time: day", "event_time: dy") });
  const wrong = await engine.checkIncremental();
  expect(wrong.exit).toBe(2);
  expect(wrong.complaints).toEqual(['check/no-time: source.shop.raw.games has no column "dy", its event_time']);
});

it("has nothing to go on with too short a history", async () => {
  await using engine = await withGames(RIGHT);
  await engine.database.query("delete from raw.games where day > '2026-01-02'");
  const told = await engine.checkIncremental();
  expect(told.exit).toBe(2);
  expect(told.complaints[0]).toMatch(/fewer than three different times/);
});

it("what a killed check left goes with the next one, and with clean", async () => {
  await using engine = await withGames(RIGHT);
  const leave = "create schema galley__check_grown; create table galley__check_grown.totals (n int)";
  await engine.database.query(leave);
  expect((await engine.checkIncremental()).exit).toBe(0);
  await engine.database.query(leave);
  const cleaned = await engine.clean();
  expect(cleaned.value?.filter((r) => r.what === "relation")).toEqual([
    { what: "relation", name: "galley__check_grown.totals", status: "removed", because: "left by a run" },
  ]);
  expect((await engine.relations()).filter((name) => name.includes("check"))).toEqual([]);
});
