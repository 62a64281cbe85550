/** `galley check source-history`: what was declared known and changed since it was photographed is named; nothing else is. */
import { expect, it } from "vitest";
import type { HistoryReport } from "../../../src/commands/answers.ts";
import { historyHead } from "../../../src/domain/source-history.ts";
import { type Engine, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const files = {
  "models/raw.yml": `
sources:
  - name: raw
    tables:
      - name: games
        config: { event_time: [day, play_order], rows_known_at: always, columns_known_at: always }
        columns:
          - { name: points, config: { known_after: event_time } }
          - { name: rating, config: { known_at: event_time } }
          - { name: mark, config: { known_after: fixed_on } }
          - { name: contact, meta: { pii: true } }
      - name: box
        config: { event_time: { from: games, on: game_id }, rows_known_after: event_time, columns_known_at: always }
      - { name: teams, config: { constant: true } }
      - { name: seasons, config: { event_time: season, columns_known_after: event_time } }
`,
};

/** Twenty games, of which ten are over: the last of them today, which may not be over. */
const RAW = `
create schema raw;
create table raw.games (game_id int primary key, day date not null, play_order int not null, home text not null, points int,
  rating numeric(8, 2), mark int, fixed_on timestamptz, contact text, facts json);
insert into raw.games
select i, (now() at time zone 'UTC')::date - 10 + i, 1, 'a', case when i < 10 then 100 + i end, case when i < 10 then 1500 + i end,
  case when i < 5 then i end, case when i < 5 then now() - interval '20 days' end, 'p' || i || '@example.org', '{"a": 1}' from generate_series(1, 20) i;
create table raw.box (game_id int references raw.games, team text, fouls int not null, primary key (game_id, team));
insert into raw.box select game_id, 'a', 3 from raw.games where points is not null;
create table raw.teams (team text primary key, name text);
insert into raw.teams values ('a', 'Ants'), ('b', 'Bees');
create table raw.seasons (season int primary key, champion text);
insert into raw.seasons values (2024, 'a'), (2025, 'b'), (2026, null);
`;

const heads = (report: HistoryReport | undefined): readonly string[] =>
  (report?.columns ?? []).flatMap((c) => (c.finding === undefined ? [] : [historyHead(c, c.finding)]));

/** The photographs that stand, as if they had been taken a day before. */
const age = (engine: Engine) =>
  engine.database.query("update galley.source_photographs set taken_at = taken_at - interval '1 day'");

/** As if they had been taken in the evening of yesterday: which days are over then does not depend on the hour of the test. */
const ofYesterday = (engine: Engine) =>
  engine.database.query(
    "update galley.source_photographs set taken_at = (date_trunc('day', now() at time zone 'UTC') - interval '4 hours') at time zone 'UTC'",
  );

const photographedYesterday = async (): Promise<Engine> => {
  const engine = await withEngine(files);
  await engine.database.query(RAW);
  const first = await engine.checkSourceHistory();
  expect([first.exit, first.complaints, heads(first.value)]).toEqual([0, [], []]);
  await ofYesterday(engine);
  return engine;
};

const ONE_CHANGE: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  "a result that is corrected after it was known": [
    "update raw.games set points = 7 where game_id in (2, 3)",
    ["raw.games.points   changed   2 of 8 rows declared known (known_after: day)"],
  ],
  "a result that comes when it should": ["update raw.games set points = 7 where game_id = 10", []],
  "a value that is filled in the night after": [
    "update raw.games set rating = 1 where game_id = 7; update raw.games set rating = null where game_id = 6",
    ["raw.games.rating   changed   2 of 9 rows declared known (known_at: day)"],
  ],
  "a value that is written as it was, in another way": [
    `alter table raw.games alter rating type numeric(10, 4); update raw.games set facts = '{ "a" : 1 }'`,
    [],
  ],
  "a mark that is given when it says": [
    "update raw.games set mark = 5, fixed_on = now() where game_id = 6; update raw.games set mark = 9, fixed_on = now() where game_id = 2",
    [],
  ],
  "a mark that is changed behind its date": [
    "update raw.games set mark = 5 where game_id = 1",
    ["raw.games.mark   changed   1 of 4 rows declared known (known_after: fixed_on)"],
  ],
  "what is known as soon as its row is, of an event to come": [
    "update raw.games set home = 'b' where game_id = 20",
    ["raw.games.home   changed   1 of 20 rows declared known (known_at: always)"],
  ],
  "an event to come that is put off": ["update raw.games set day = day + 3 where game_id = 15", []],
  "an event of the past that moves": [
    "update raw.games set day = day - 1 where game_id = 5",
    ["raw.games.day   changed   1 of 9 rows declared known (event_time)"],
  ],
  "a fixture that is announced": [
    "insert into raw.games (game_id, day, play_order, home) values (21, now()::date + 40, 1, 'a')",
    [],
  ],
  "a game that is told of after it took place": [
    "insert into raw.games (game_id, day, play_order, home, points) values (0, now()::date - 30, 1, 'a', 3)",
    ["raw.games (its rows)   changed   1 row came later than declared (rows_known_at: always)"],
  ],
  "statistics of a game of tonight": ["insert into raw.box values (10, 'a', 1)", []],
  "statistics that come late, and that go": [
    "insert into raw.box values (3, 'b', 1); delete from raw.box where game_id in (1, 2, 9)",
    ["raw.box (its rows)   changed   1 row came later than declared, 2 rows no longer there (rows_known_after: day)"],
  ],
  "what was declared constant": [
    "update raw.teams set name = 'Wasps' where team = 'b'; insert into raw.teams values ('c', 'Cicadas')",
    [
      "raw.teams (its rows)   changed   1 row came later than declared (constant)",
      "raw.teams.name   changed   1 of 2 rows declared known (constant)",
    ],
  ],
  "a season that is over, by seasons": [
    "update raw.seasons set champion = 'z'",
    ["raw.seasons.champion   changed   1 of 1 row declared known (known_after: season)"],
  ],
  "what nobody photographed": ["alter table raw.games add added int default 3", []],
};

it.each(Object.entries(ONE_CHANGE))("judges %s", async (_name, [statements, expected]) => {
  await using engine = await photographedYesterday();
  await engine.database.query(statements);
  const told = await engine.checkSourceHistory();
  expect(told.complaints).toEqual([]);
  expect([heads(told.value), told.exit]).toEqual([expected, expected.length === 0 ? 0 : 1]);
});

it("says which row changed, when it was still the old one, and what should have been declared", async () => {
  await using engine = await photographedYesterday();
  await age(engine);
  await engine.checkSourceHistory();
  await age(engine);
  await engine.database.query("update raw.games set points = 7, contact = 'x' where game_id = 2");
  const told = await engine.checkSourceHistory();
  const finding = (column: string) => told.value?.columns.find((c) => c.column === column)?.finding;
  const points = finding("points");
  const [days] = await engine.database.query(
    "select extract(epoch from now() - date_trunc('day', now() at time zone 'UTC') at time zone 'UTC') / 86400 as part",
  );
  const part = Number(days?.["part"]);
  expect([Math.round((points?.days?.stillOld ?? 0) - part), Math.round((points?.days?.new ?? 0) - part)]).toEqual([
    7, 8,
  ]);
  expect(points?.advice).toContain("known_after: day + 9");
  expect(points?.examples.map(({ key, was, is }) => ({ key, was, is }))).toEqual([
    { key: [{ column: "game_id", value: "2" }], was: "102", is: "7" },
  ]);
  expect(finding("contact")?.examples.map(({ was, is }) => [was, is])).toEqual([["•••", "•••"]]);
  const kept = await engine.database.query("select cells::text as cells from galley.photographed_rows");
  expect(kept.filter(({ cells }) => String(cells).includes("example.org"))).toEqual([]);
});

it("names a change until its photographs are gone or it is declared rightly", async () => {
  await using engine = await photographedYesterday();
  const changed = async (keep: number) =>
    (await engine.checkSourceHistory({ keep })).value?.columns
      .filter((c) => c.verdict === "changed")
      .map((c) => c.column);
  await engine.database.query("update raw.games set points = 7 where game_id = 5");
  expect(await changed(30)).toEqual(["points"]);
  expect(await changed(30)).toEqual(["points"]);
  const yml = files["models/raw.yml"];
  await engine.project.write({
    "models/raw.yml": yml.replace(
      "points, config: { known_after: event_time",
      "points, config: { known_after: day + 30",
    ),
  });
  expect(await changed(30)).toEqual([]);
  await engine.project.write({ "models/raw.yml": yml });
  expect(await changed(1)).toEqual(["points"]);
  expect(await changed(30)).toEqual([]);
  const left = await engine.database.query(
    "select (select count(*)::int from galley.source_photographs where source_id like '%games') as photographs, (select count(*)::int from galley.photographed_rows where source_id like '%games') as rows",
  );
  expect(left).toEqual([{ photographs: 2, rows: 20 }]);
});

it("looks and takes no photograph where none is to be kept", async () => {
  await using engine = await photographedYesterday();
  await engine.database.query("update raw.games set points = 7 where game_id = 2");
  const before = await engine.database.query("select * from galley.source_photographs order by source_id, n");
  const told = await engine.checkSourceHistory({ keep: 0 });
  expect([told.exit, told.value?.coverage.map((c) => c.isKept)]).toEqual([1, [false, false, false, false]]);
  expect(await engine.database.query("select * from galley.source_photographs order by source_id, n")).toEqual(before);
});

it("keeps one version of a row for all photographs in which it looks the same", async () => {
  await using engine = await photographedYesterday();
  await engine.database.query(
    "update raw.games set points = 7 where game_id = 2; delete from raw.games where game_id = 20",
  );
  await engine.checkSourceHistory();
  await engine.checkSourceHistory();
  const versions = await engine.database.query(
    "select key[1] || ' ' || first || '-' || coalesce(last::text, '') as version from galley.photographed_rows where source_id like '%games' and key[1] in ('1', '2', '20') order by 1",
  );
  expect(versions.map((v) => v["version"])).toEqual(["1 1-", "2 1-1", "2 2-", "20 1-1"]);
});

it("photographs a share of the keys, and judges no row by a photograph that did not look at it", async () => {
  await using engine = await withEngine(files);
  await engine.database.query(RAW);
  await engine.checkSourceHistory({ sample: 0.5 });
  const count = async () =>
    (
      await engine.database.query(
        "select count(*)::int as n from galley.photographed_rows where source_id like '%games'",
      )
    )[0]?.["n"];
  const half = Number(await count());
  expect([half > 0, half < 20]).toEqual([true, true]);
  await age(engine);
  const whole = await engine.checkSourceHistory();
  expect([whole.exit, heads(whole.value), await count()]).toEqual([0, [], 20]);
  const again = await engine.checkSourceHistory({ sample: 0.5 });
  expect([again.exit, heads(again.value), await count()]).toEqual([0, [], half]);
});

it("begins anew under another key, and forgets what becomes personal", async () => {
  await using engine = await photographedYesterday();
  await engine.database.query(
    "alter table raw.teams drop constraint teams_pkey; alter table raw.teams alter name set not null, add primary key (name)",
  );
  const told = await engine.checkSourceHistory();
  expect([told.exit, heads(told.value)]).toEqual([0, []]);
  expect(told.events.flatMap((e) => (e.kind === "note" ? [e.message] : []))).toEqual([
    "the photographs of source.shop.raw.teams begin anew: its key was team, and is name",
  ]);
  await engine.project.write({
    "models/raw.yml": files["models/raw.yml"].replace("{ name: rating,", "{ name: rating, meta: { pii: true },"),
  });
  expect((await engine.checkSourceHistory()).exit).toBe(0);
  expect(
    await engine.database.query("select 1 from galley.photographed_rows where cells->>'rating' like '15%' limit 1"),
  ).toEqual([]);
});

it("refuses what it cannot look at, and says what would help", async () => {
  const yml = (table: string): Readonly<Record<string, string>> => ({
    "models/raw.yml": `sources:\n  - name: raw\n    tables:\n${table}`,
  });
  const refused = async (table: string): Promise<readonly [number, readonly string[]]> => {
    await using engine = await withEngine(yml(table));
    await engine.database.query(
      `${RAW} create table raw.keyless (day date); create table raw.twice (id int primary key, game_id int)`,
    );
    const told = await engine.checkSourceHistory({ isStrict: true });
    return [told.exit, told.complaints];
  };
  expect(await refused("      - { name: games }\n")).toEqual([
    5,
    ["check/nothing-to-photograph: no selected source says when anything of it is known"],
  ]);
  expect(await refused("      - { name: gone, config: { constant: true } }\n")).toEqual([
    2,
    ["check/no-source: source.shop.raw.gone: raw.gone is not there"],
  ]);
  expect(await refused("      - { name: keyless, config: { event_time: day } }\n")).toEqual([
    1,
    ["check/not-proved: source.shop.raw.keyless: it has no key, so rows of two photographs cannot be paired"],
  ]);
  expect(await refused("      - { name: games, config: { event_time: day } }\n")).toEqual([
    2,
    [
      "check/column-without-rule: source.shop.raw.games does not say when these are known: play_order, home, points, rating, mark, fixed_on, contact, facts",
    ],
  ]);
  expect(
    await refused(
      "      - { name: twice, config: { event_time: game_id, columns_known_at: always } }\n      - { name: games, config: { event_time: { from: box, on: game_id }, columns_known_at: always } }\n      - { name: box, config: { event_time: fouls, columns_known_at: always } }\n",
    ),
  ).toEqual([0, []]);
});

forEachServer((server) => {
  it("compares with photographs on each version of the server", async () => {
    await using engine = await withEngine(files, { server });
    await engine.database.query(RAW);
    await engine.checkSourceHistory();
    await ofYesterday(engine);
    await engine.database.query("update raw.games set points = 7 where game_id = 2");
    expect(heads((await engine.checkSourceHistory()).value)).toEqual([
      "raw.games.points   changed   1 of 8 rows declared known (known_after: day)",
    ]);
  });
});
