/** What `galley check leakage` says where it is no plain leak: labels, rows that need their outcome, what it cannot see. */
import { expect, it } from "vitest";
import type { LeakageReport } from "../../../src/commands/answers.ts";
import { withEngine } from "../../support/engine.ts";
import { featureYml, LEAGUE, SOURCES, STAGING, TM } from "../../support/leakage-gallery.ts";

const own = "partition by team order by day";
const lagged = `lag(pts) over (${own}) as x`;

const MODELS: Readonly<Record<string, string>> = {
  labelled: `select game_id, team, day, ${lagged}, won as label from {{ref "tm"}}`,
  from_statistics: `select b.game_id, b.team_id as team, t.day, t.x from {{source "raw" "box"}} b join {{ref "labelled"}} t on t.game_id = b.game_id and t.team = b.team_id`,
  joined_to_outcomes: `select t.game_id, t.team, t.day, t.x from {{ref "labelled"}} t join {{source "raw" "games"}} g using (game_id) where g.home_points is not null`,
  insists: `select game_id, team, day, ${lagged}, 1 / (pts is not null)::int as y from {{ref "tm"}}`,
  by_the_clock: `select game_id, team, day, ${lagged}, current_date - day as age from {{ref "tm"}}`,
  divided: `select game_id, team, day, ${lagged}, 1.0 / (pts - opp_pts) as outcome from {{ref "tm"}}`,
  by_chance: `select game_id, team, day, random() as x, ${lagged.replace(" as x", " as y")} from {{ref "tm"}}`,
  through_a_function: 'select game_id, team, day, lookup.total(team) as x from {{ref "tm"}}',
  hard_coded:
    'select t.game_id, t.team, t.day, (select sum(points) from raw.box b where b.team_id = t.team) as x from {{ref "tm"}} t',
  numbered: `select game_id, team, day, row_number() over (order by team, day) as id, ${lagged} from {{ref "tm"}}`,
  by_number: 'select game_id, team, day, x, id % 7 as y from {{ref "numbered"}}',
  undeclared:
    'select t.game_id, t.team, t.day, v.votes as x from {{ref "tm"}} t join {{source "raw" "votes"}} v using (team)',
};

const files = {
  ...STAGING,
  ...Object.fromEntries(Object.entries(MODELS).map(([name, sql]) => [`models/${name}.sql`, sql])),
  "models/models.yml": `models:\n${TM}${Object.keys(MODELS)
    .map((n) => withColumns(n))
    .join("")}${SOURCES}      - { name: votes }\n`,
};

function withColumns(name: string): string {
  const known: Readonly<Record<string, string>> = {
    labelled:
      "{ name: label, config: { known_after: event_time }, constraints: [{ type: not_null }, { type: check, expression: label < 2 }] }",
    divided: "{ name: outcome, config: { known_after: event_time } }",
    numbered: "{ name: id, config: { surrogate: true } }",
  };
  const columns = known[name];
  const entry = featureYml(name);
  return columns === undefined ? entry : entry.replace(" } }\n", ` }, columns: [${columns}] }\n`);
}

const said = (report: LeakageReport | undefined, model: string): readonly string[] =>
  (report?.columns ?? [])
    .filter((c) => c.relation === `shop.${model}` && c.column !== "day")
    .map((c) => `${c.column ?? "rows"}: ${c.verdict}${c.because === undefined ? "" : `, ${c.because}`}`);

it("gives each column the verdict that says what was seen", async () => {
  await using engine = await withEngine(files);
  await engine.database.query(`${LEAGUE}
    create table raw.votes as select team_id as team, team_id * 10 as votes from raw.teams;
    create schema lookup;
    create function lookup.total(t int) returns bigint language plpgsql stable as
      $$ declare n bigint; begin execute 'select sum(points) from raw.b' || 'ox where team_id = $1' into n using t; return n; end $$`);
  const told = await engine.checkLeakage({ cutoffs: 3 });
  expect(
    told.value?.columns.filter((c) => c.verdict === "leak"),
    told.complaints.join("\n"),
  ).toEqual([]);
  expect(said(told.value, "labelled")).toEqual(["x: clean", "label: label"]);
  expect(said(told.value, "from_statistics")).toEqual([
    "rows: needs-outcome, rows at the cut-off itself are there only once their own outcome is",
    "x: clean",
  ]);
  expect(said(told.value, "joined_to_outcomes")).toEqual([
    "rows: needs-outcome, rows at the cut-off itself are there only once their own outcome is",
    "x: clean",
  ]);
  expect(said(told.value, "insists")).toEqual([
    "x: clean, its SQL fails where outcomes are hidden: whether it knows that they exist was not tested",
    "y: clean, its SQL fails where outcomes are hidden: whether it knows that they exist was not tested",
  ]);
  expect(said(told.value, "by_the_clock")).toEqual(["x: clean", "age: clean"]);
  expect(told.complaints.filter((c) => c.startsWith("compile/clock"))).toEqual([
    "compile/clock: current_date differs from run to run",
  ]);
  expect(said(told.value, "by_chance")).toEqual([
    "x: unstable, two builds from the same rows, in another order, differ",
    "y: clean",
  ]);
  expect(said(told.value, "through_a_function")).toEqual([
    "x: not-proved, through_a_function reads raw.box past its sources: by a name in its SQL, or in a function",
  ]);
  expect(said(told.value, "hard_coded")).toEqual([
    "x: not-proved, hard_coded reads raw.box past its sources: by a name in its SQL, or in a function",
  ]);
  expect(said(told.value, "numbered")).toEqual([
    "id: not-proved, it is declared a surrogate, and left out",
    "x: clean",
  ]);
  expect(said(told.value, "by_number")).toEqual([
    "x: not-proved, by_number reads the surrogate numbered.id",
    "y: not-proved, by_number reads the surrogate numbered.id",
  ]);
  expect(said(told.value, "undeclared")).toEqual([
    "x: not-proved, it reads raw.votes, of which nothing says what is known when",
  ]);
  expect(said(told.value, "divided")[0]).toMatch(/^x: (clean|not-proved)/);
  expect(told.exit).toBe(0);
  expect(told.complaints.filter((c) => c.startsWith("check/not-proved")).length).toBeGreaterThanOrEqual(4);

  const strict = await engine.checkLeakage({ cutoffs: 1, isStrict: true, select: ["undeclared"] });
  expect(strict.exit).toBe(1);
  const named = await engine.checkLeakage({ at: ["2020-02-04"], sample: 0.5, select: ["labelled"] });
  expect(named.value?.coverage.cutoffs).toEqual([
    { at: "2020-02-04", reason: "named", probes: "mixed", rows: expect.any(Number) },
  ]);
  expect(named.value?.coverage.compared).toBeLessThan(144);
  const nothing = await engine.checkLeakage({ select: ["tm"] });
  expect([nothing.exit, nothing.complaints]).toEqual([5, ["check/nothing-to-prove: no selected model is a feature"]]);

  // What a killed check left goes with the next one, and with clean.
  await engine.database.query("create schema galley__check_lane_1; create table galley__check_lane_1.tm (n int)");
  const cleaned = await engine.clean();
  expect(cleaned.value?.filter((r) => r.what === "relation").map((r) => r.name)).toEqual(["galley__check_lane_1.tm"]);

  await engine.project.write({
    "models/models.yml": files["models/models.yml"].replace(
      "rows_known_at: announced_on, columns_known_at: always",
      "rows_known_at: announced_on",
    ),
  });
  const unruled = await engine.checkLeakage({ cutoffs: 1, select: ["labelled"] });
  expect(unruled.exit).toBe(2);
  expect(unruled.complaints).toEqual([
    "check/column-without-rule: source.shop.raw.games does not say when these are known: season, is_playoffs, home, away",
  ]);
});

it("takes the order within a day for what it is where it is said, and accuses without it", async () => {
  const project = (time: string): Readonly<Record<string, string>> => ({
    "models/form.sql": `select game_id, day, nth, lag(points) over (order by day, nth) as x,
      avg(points) over (order by day, nth rows between 100 preceding and 1 preceding) as league from {{source "raw" "games"}}`,
    "models/models.yml": `models: [{ name: form, config: { known: before, event_time: ${time}, unique_key: game_id } }]
sources:
  - name: raw
    tables:
      - { name: games, config: { event_time: ${time}, rows_known_at: always, columns_known_after: event_time } }`,
  });
  await using engine = await withEngine(project("[day, nth]"));
  await engine.database.query(`create schema raw;
    create table raw.games (game_id int primary key, day date, nth int, points int);
    insert into raw.games select d * 2 + n, date '2026-01-01' + d, n, abs(hashtext(d || ':' || n)) % 100 from generate_series(1, 60) d, generate_series(0, 1) n`);
  const twice = await engine.checkLeakage({ cutoffs: 6 });
  expect(twice.value?.columns.map((c) => [c.column, c.verdict])).toEqual([
    ["day", "clean"],
    ["nth", "clean"],
    ["x", "clean"],
    ["league", "clean"],
  ]);
  await engine.project.write(project("day"));
  const once = await engine.checkLeakage({ cutoffs: 6 });
  expect(once.value?.columns.filter((c) => c.verdict === "leak").map((c) => c.column)).toEqual(["nth", "x", "league"]);
});

it("begins each column's leak where its own difference begins, beside others of the same models", async () => {
  await using engine = await withEngine({
    "models/form.sql": `select game_id, day, points, avg(points) over () as mean, max(points) over () as most
      from {{source "raw" "games"}}`,
    "models/features.sql": `select game_id, day, points as own, mean * 2 as level, most, mean + most as both,
      lag(points) over (order by day) as x from {{ref "form"}}`,
    "models/models.yml": `models:
  - { name: form, config: { event_time: day, unique_key: game_id } }
  - { name: features, config: { known: before, event_time: day, unique_key: game_id } }
sources:
  - name: raw
    tables:
      - { name: games, config: { event_time: day, rows_known_at: always, columns_known_after: event_time } }`,
  });
  await engine.database.query(`create schema raw; create table raw.games (game_id int primary key, day date, points int);
    insert into raw.games select d, date '2026-01-01' + d, abs(hashtext(d::text)) % 100 from generate_series(1, 60) d`);
  const told = await engine.checkLeakage({ cutoffs: 3 });
  expect(told.value?.columns.map((c) => [c.column, c.verdict, c.finding?.startsIn, c.finding?.carriers])).toEqual([
    ["day", "clean", undefined, undefined],
    ["own", "leak", ["shop.features.own"], ["raw.games.points"]],
    ["level", "leak", ["shop.form.mean"], ["raw.games.points"]],
    ["most", "leak", ["shop.form.most"], ["raw.games.points"]],
    ["both", "leak", ["shop.form.mean", "shop.form.most"], ["raw.games.points"]],
    ["x", "clean", undefined, undefined],
  ]);
});
