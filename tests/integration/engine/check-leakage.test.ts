/** `galley check leakage`: each leak of the gallery is caught, its column and its source named; nothing honest is accused. */
import { expect, it } from "vitest";
import type { ColumnVerdict } from "../../../src/domain/leakage.ts";
import { photographOf, withEngine } from "../../support/engine.ts";
import { featureYml, LEAGUE, SOURCES, STAGING, TM } from "../../support/leakage-gallery.ts";

type Leak = {
  /** A whole query with game_id, team, day, or an expression over `tm t`. */
  readonly sql: string;
  readonly carriers: readonly string[];
  /** Some of them alone may leave the value as it was: a median by ties. */
  readonly isTied?: true;
  /** In the words of the report, where reading the SQL tells. */
  readonly anchor?: string;
  readonly startsIn?: string;
};

/** Another draws other days, and hides and changes other events: what is expected here holds for nearly all. */
const SEED = Number(process.env["GALLEY_GALLERY_SEED"] ?? 7);

const POINTS = ["raw.games.home_points", "raw.games.away_points"];
const own = "partition by team order by day";

/** Columns of one model over `tm`. */
const WINDOWS: Readonly<Record<string, Leak>> = {
  current_row: {
    sql: `avg(pts) over (${own} rows between 2 preceding and current row)`,
    carriers: POINTS,
    anchor: "current-row",
  },
  default_frame: { sql: `avg(pts) over (${own})`, carriers: POINTS, anchor: "default-frame" },
  centred: {
    sql: `avg(pts) over (${own} rows between 2 preceding and 2 following)`,
    carriers: POINTS,
    anchor: "centred-window",
  },
  ahead: { sql: `lead(pts) over (${own})`, carriers: POINTS, anchor: "lead" },
  backwards: { sql: "lag(pts) over (partition by team order by day desc)", carriers: POINTS, anchor: "lag-over-desc" },
  season_total: { sql: "sum(pts) over (partition by team, season)", carriers: POINTS, anchor: "global-mean" },
  z_score: {
    sql: `(lag(pts) over (${own}) - avg(pts) over ()) / stddev_pop(pts) over ()`,
    carriers: POINTS,
    anchor: "global-mean",
  },
  share_below: { sql: "percent_rank() over (order by pts)", carriers: POINTS, anchor: "ranks" },
  rest_of_career: {
    sql: `avg(pts) over (${own} rows between 1 following and unbounded following)`,
    carriers: POINTS,
    anchor: "frame-following",
  },
  raw_outcome: { sql: "pts", carriers: POINTS, anchor: "raw-outcome" },
  streak: { sql: `sum(won) over (${own} rows between 2 preceding and 0 following)`, carriers: POINTS },
  won_or_one: { sql: "coalesce(won, 1)", carriers: POINTS, anchor: "raw-outcome" },
  best_ever: { sql: "max(pts) over ()", carriers: POINTS, anchor: "global-mean" },
  worst_ever: { sql: "min(pts) over ()", carriers: POINTS, anchor: "global-mean" },
  best_of_season: { sql: "max(pts) over (partition by season)", carriers: POINTS, anchor: "global-mean" },
  against_median: {
    sql: `lag(pts) over (${own}) - (select percentile_cont(0.5) within group (order by pts) from {{ref "tm"}})`,
    carriers: POINTS,
    isTied: true,
    anchor: "median",
  },
  quartile: { sql: `ntile(4) over (order by pts, game_id, team)`, carriers: POINTS, anchor: "ranks" },
  against_mean: { sql: `lag(pts) over (${own}) - avg(pts) over ()`, carriers: POINTS, anchor: "global-mean" },
  against_league: {
    sql: `lag(pts) over (${own}) - avg(pts) over (partition by team % 2)`,
    carriers: POINTS,
    anchor: "global-mean",
  },
  filled: {
    sql: `coalesce(lag(pts) over (${own}), first_value(pts) over (${own} rows between 1 following and unbounded following))`,
    carriers: POINTS,
    anchor: "frame-following",
  },
  same_day: { sql: "avg(pts) over (partition by day)", carriers: POINTS, anchor: "global-mean" },
  last_30_days: {
    sql: `case when day > max(day) over () - 30 then avg(pts) over (${own}) else avg(pts) over (${own} rows between unbounded preceding and 1 preceding) end`,
    carriers: POINTS,
  },
};

/** Models of their own: the leak is the column `x`. */
const MODELS: Readonly<Record<string, Leak>> = {
  at_or_before_join: {
    sql: `select t.game_id, t.team, t.day, avg(e.pts) as x from {{ref "tm"}} t left join {{ref "tm"}} e on e.team = t.team and e.day <= t.day group by 1, 2, 3`,
    carriers: POINTS,
    anchor: "at-or-before-join",
  },
  off_by_one: {
    sql: `select t.game_id, t.team, t.day, avg(e.pts) as x from {{ref "tm"}} t left join {{ref "tm"}} e on e.team = t.team and e.day < t.day + 1 group by 1, 2, 3`,
    carriers: POINTS,
  },
  opponents_form: {
    sql: `with form as (select game_id, team, avg(pts) over (${own}) as form from {{ref "tm"}}) select t.game_id, t.team, t.day, f.form as x from {{ref "tm"}} t join form f on f.game_id = t.game_id and f.team = t.opp`,
    carriers: POINTS,
    anchor: "default-frame",
  },
  latest_form: {
    sql: `with latest as (select distinct on (team) team, pts from {{ref "tm"}} order by team, day desc) select t.game_id, t.team, t.day, l.pts as x from {{ref "tm"}} t join latest l using (team)`,
    carriers: POINTS,
    anchor: "latest-row",
  },
  head_to_head: {
    sql: `select t.game_id, t.team, t.day, (select sum(h.won) from {{ref "tm"}} h where h.team = t.team and h.opp = t.opp) as x from {{ref "tm"}} t`,
    carriers: POINTS,
    anchor: "target-encoding",
  },
  target_encoding: {
    sql: `select t.game_id, t.team, t.day, e.mean as x from {{ref "tm"}} t join {{ref "enc"}} e using (team)`,
    carriers: POINTS,
    startsIn: "shop.enc.mean",
    anchor: "target-encoding",
  },
  strength_id: {
    sql: `with s as (select team, row_number() over (order by max(pts), team) as x from {{ref "tm"}} group by team) select t.game_id, t.team, t.day, s.x from {{ref "tm"}} t join s using (team)`,
    carriers: POINTS,
    anchor: "ranks",
  },
  slope: {
    sql: `with s as (select team, regr_slope(pts, day - date '2020-01-01') as x from {{ref "tm"}} group by team) select t.game_id, t.team, t.day, s.x from {{ref "tm"}} t join s using (team)`,
    carriers: POINTS,
    anchor: "target-encoding",
  },
  ever_scored: {
    sql: `with s as (select team, max(pts) as x from {{ref "tm"}} group by team) select t.game_id, t.team, t.day, s.x > 119 as x from {{ref "tm"}} t join s using (team)`,
    carriers: POINTS,
    anchor: "target-encoding",
  },
  standing: {
    sql: `select t.game_id, t.team, t.day, s.place as x from {{ref "tm"}} t join {{ref "standings"}} s using (team, season)`,
    carriers: POINTS,
    startsIn: "shop.standings.place",
    anchor: "ranks",
  },
  centred_above: {
    sql: `select game_id, team, day, avg(centred) over (${own} rows between 5 preceding and 1 preceding) as x from {{ref "centred"}}`,
    carriers: POINTS,
    startsIn: "shop.centred.centred",
    anchor: "global-mean",
  },
  elo_after: {
    sql: `select game_id, team, day, 1500 + 20 * coalesce(sum(won - 0.5) over (${own}), 0) as x from {{ref "tm"}}`,
    carriers: POINTS,
    anchor: "default-frame",
  },
  elo_by_fitted: {
    sql: `select game_id, team, day, coalesce(sum(won - 0.5) over (${own} rows between unbounded preceding and 1 preceding), 0) * (select stddev(pts) from {{ref "tm"}}) as x from {{ref "tm"}}`,
    carriers: POINTS,
    anchor: "target-encoding",
  },
  played: {
    sql: `select t.game_id, t.team, t.day, exists (select from {{source "raw" "box"}} b where b.game_id = t.game_id) as x from {{ref "tm"}} t`,
    carriers: ["raw.box (its rows)"],
    anchor: "played-flag",
  },
  reaches_playoffs: {
    sql: `select t.game_id, t.team, t.day, exists (select from {{ref "tm"}} p where p.team = t.team and p.season = t.season and p.is_playoffs) as x from {{ref "tm"}} t where not is_playoffs`,
    carriers: ["raw.games (its rows)"],
    anchor: "played-flag",
  },
  injury_length: {
    sql: `select t.game_id, t.team, t.day, (select avg(i.healed_on - i.reported_on) from {{source "raw" "injuries"}} i where i.team_id = t.team and i.reported_on < t.day) as x from {{ref "tm"}} t`,
    carriers: ["raw.injuries.healed_on"],
    anchor: "target-encoding",
  },
  late_correction: {
    sql: `select t.game_id, t.team, t.day, (select avg(m.mark) from {{source "raw" "marks"}} m where m.day < t.day and m.day >= t.day - 20) as x from {{ref "tm"}} t`,
    carriers: ["raw.marks.mark"],
  },
  box_total: {
    sql: `select t.game_id, t.team, t.day, (select sum(points) from {{source "raw" "box"}} b where b.team_id = t.team) as x from {{ref "tm"}} t`,
    carriers: ["raw.box.points"],
    anchor: "target-encoding",
  },
  seasons_left: {
    sql: `select t.game_id, t.team, t.day, (select max(a.season) from {{source "raw" "appearances"}} a where a.player = t.team) - t.season as x from {{ref "tm"}} t`,
    carriers: ["raw.appearances.season"],
    anchor: "target-encoding",
  },
  books_trips: {
    sql: `select t.game_id, t.team, t.day, exists (select from {{source "raw" "trips"}} p where p.team = t.team and p.season = t.season) as x from {{ref "tm"}} t`,
    carriers: ["raw.trips (its rows)"],
    anchor: "played-flag",
  },
  fewest_fouls: {
    sql: `select t.game_id, t.team, t.day, (select min(r.fouls) from {{source "raw" "reports"}} r where r.team = t.team) as x from {{ref "tm"}} t`,
    carriers: ["raw.reports.fouls"],
    anchor: "target-encoding",
  },
  kept_winners: {
    sql: `select game_id, team, day from {{ref "tm"}} where team in (select team from {{ref "tm"}} group by team having max(pts) > 118)`,
    carriers: POINTS,
  },
};

const windowsSql = `select t.game_id, t.team, t.day, ${Object.entries(WINDOWS)
  .map(([name, { sql }]) => `${sql} as ${name}`)
  .join(",\n")} from {{ref "tm"}} t`;

const leakyProject = (): Readonly<Record<string, string>> => ({
  ...STAGING,
  "models/enc.sql": 'select team, avg(won) as mean from {{ref "tm"}} group by team',
  "models/standings.sql":
    '{{config materialized="materialized_view"}}\nselect team, season, rank() over (partition by season order by sum(won) desc, team) as place from {{ref "tm"}} group by team, season',
  "models/centred.sql": 'select game_id, team, day, pts - avg(pts) over () as centred from {{ref "tm"}}',
  "models/windows.sql": windowsSql,
  ...Object.fromEntries(Object.entries(MODELS).map(([name, { sql }]) => [`models/${name}.sql`, sql])),
  "models/models.yml": `models:\n${TM}  - { name: enc, config: { unique_key: team } }\n  - { name: standings, config: { unique_key: [team, season] } }\n  - { name: centred, config: { event_time: day, unique_key: [game_id, team] } }\n${["windows", ...Object.keys(MODELS)].map((n) => featureYml(n)).join("")}${SOURCES}`,
});

const verdictOf = (columns: readonly ColumnVerdict[], model: string, column: string | undefined) =>
  columns.find((c) => c.relation === `shop.${model}` && c.column === column);

/** Sorted. What is tied names one of them at least, and nothing else. */
const carriersIn = ({ carriers, isTied }: Leak, found: readonly string[]): readonly string[] =>
  isTied && found.length > 0 && found.every((f) => carriers.includes(f)) ? [...carriers].sort() : [...found].sort();

it("catches each leak of the gallery, and names its column, its source and what it looks like", {
  timeout: 600_000,
}, async () => {
  await using engine = await withEngine(leakyProject());
  await engine.database.query(LEAGUE);
  const before = await photographOf(engine.database, ["raw"]);
  const told = await engine.checkLeakage({ cutoffs: 12, seed: SEED });
  expect(told.complaints).toEqual([]);
  expect(told.exit).toBe(1);
  const columns = told.value?.columns ?? [];
  const cases = [
    ...Object.entries(WINDOWS).map(([column, leak]) => ({ model: "windows", column, leak })),
    ...Object.entries(MODELS).map(([model, leak]) => ({
      model,
      column: model === "kept_winners" ? undefined : "x",
      leak,
    })),
  ];
  const found = cases.map(({ model, column, leak }) => {
    const verdict = verdictOf(columns, model, column);
    const finding = verdict?.finding;
    return {
      leak: `${model}.${column}`,
      verdict: verdict?.verdict,
      carriers: carriersIn(leak, finding?.carriers ?? []),
      startsIn: leak.startsIn === undefined ? undefined : finding?.startsIn,
      anchor: leak.anchor === undefined ? undefined : finding?.looksLike?.link,
    };
  });
  expect(found).toEqual(
    cases.map(({ model, column, leak }) => ({
      leak: `${model}.${column}`,
      verdict: "leak",
      carriers: [...leak.carriers].sort(),
      startsIn: leak.startsIn === undefined ? undefined : [leak.startsIn],
      anchor: leak.anchor === undefined ? undefined : `docs/leakage.md#${leak.anchor}`,
    })),
  );
  expect(await photographOf(engine.database, ["raw"])).toEqual(before);
  expect((await engine.relations()).filter((name) => !name.startsWith("raw."))).toEqual([]);
});

/** Honest columns over `tm`, by play order, by days, and by what is known long before. */
const HONEST_WINDOWS: Readonly<Record<string, string>> = {
  last_three: `avg(pts) over (${own} rows between 3 preceding and 1 preceding)`,
  last_month: `avg(pts) over (${own} range between interval '30 days' preceding and interval '1 day' preceding)`,
  last_one: `lag(pts) over (${own})`,
  streak_before: `sum(won) over (${own} rows between 3 preceding and 1 preceding)`,
  expanding: `avg(won) over (${own} rows between unbounded preceding and 1 preceding)`,
  z_before: `(lag(pts) over (${own}) - avg(pts) over (order by day range between unbounded preceding and interval '1 day' preceding)) / nullif(stddev_pop(pts) over (order by day range between unbounded preceding and interval '1 day' preceding), 0)`,
  days_of_rest: `day - lag(day) over (${own})`,
  games_before: `count(*) over (${own} rows between unbounded preceding and 1 preceding)`,
  float_sum: `sum(pts::float8 / 3) over (${own} rows between unbounded preceding and 1 preceding)`,
  number_in_order: "row_number() over (order by day, game_id, team)",
  recent_season: 'season >= (select max(season) - 8 from {{ref "tm"}})',
};

const HONEST_MODELS: Readonly<Record<string, string>> = {
  before_join: `select t.game_id, t.team, t.day, avg(e.pts) as x, sum(e.pts::float8 * 0.1) as fx from {{ref "tm"}} t left join {{ref "tm"}} e on e.team = t.team and e.day < t.day group by 1, 2, 3`,
  meetings_before: `select t.game_id, t.team, t.day, (select sum(h.won) from {{ref "tm"}} h where h.team = t.team and h.opp = t.opp and h.day < t.day) as x from {{ref "tm"}} t`,
  last_seasons_rank: `select t.game_id, t.team, t.day, s.place as x from {{ref "tm"}} t left join {{ref "standings"}} s on s.team = t.team and s.season = t.season - 1`,
  elo: `with recursive numbered as (select game_id, team, day, won, row_number() over (${own}) as n from {{ref "tm"}}),
walked as (select game_id, team, day, n, won, 1500.0::float8 as x from numbered where n = 1
  union all select m.game_id, m.team, m.day, m.n, m.won, w.x + 20 * coalesce(w.won - 0.5, 0) from walked w join numbered m on m.team = w.team and m.n = w.n + 1)
select game_id, team, day, x from walked`,
  elo_by_array: `select game_id, team, day, 1500 + 20 * coalesce((select sum(w - 0.5) from unnest(results) as w), 0) as x from (select game_id, team, day, array_agg(won) over (${own} rows between unbounded preceding and 1 preceding) as results from {{ref "tm"}}) t`,
  date_spine: `with spine as (select s.team, d::date as day from (select distinct team from {{ref "tm"}}) s cross join generate_series((select min(day) from {{ref "tm"}}), (select max(day) from {{ref "tm"}}), interval '1 day') d),
daily as (select p.team, p.day, sum(t.won) as wins from spine p left join {{ref "tm"}} t using (team, day) group by 1, 2),
filled as (select team, day, sum(wins) over (${own} rows between 30 preceding and 1 preceding) as x from daily)
select t.game_id, t.team, t.day, f.x from {{ref "tm"}} t join filled f using (team, day)`,
  odds_at_the_start: `select t.game_id, t.team, t.day, g.odds as x from {{ref "tm"}} t join {{source "raw" "games"}} g using (game_id)`,
  ids_in_order: `with firsts as (select team, row_number() over (order by min(day), team) as x from {{ref "tm"}} group by team) select t.game_id, t.team, t.day, f.x from {{ref "tm"}} t join firsts f using (team)`,
  next_game: `select game_id, team, day, lead(day) over (partition by team, season order by day) - day as x, count(*) over (partition by team, season) as games_of_season from {{ref "tm"}} where not is_playoffs`,
  injured_before: `select t.game_id, t.team, t.day, (select count(*) from {{source "raw" "injuries"}} i where i.team_id = t.team and i.reported_on < t.day) as x, (select avg(i.healed_on - i.reported_on) from {{source "raw" "injuries"}} i where i.team_id = t.team and i.healed_on < t.day) as y from {{ref "tm"}} t`,
  marks_when_fixed: `select t.game_id, t.team, t.day, (select avg(m.mark) from {{source "raw" "marks"}} m where m.fixed_on < t.day) as x from {{ref "tm"}} t`,
  last_seasons_minutes: `select t.game_id, t.team, t.day, (select sum(a.minutes) from {{source "raw" "appearances"}} a where a.player = t.team and a.season = t.season - 1) as x, (select count(distinct a.season) from {{source "raw" "appearances"}} a where a.player = t.team and a.day < t.day) as y from {{ref "tm"}} t`,
  trips_booked: `select t.game_id, t.team, t.day, (select count(*) from {{source "raw" "trips"}} p where p.team = t.team and p.booked_on <= t.day) as x from {{ref "tm"}} t`,
  fouls_loaded: `select t.game_id, t.team, t.day, (select avg(r.fouls) from {{source "raw" "reports"}} r where r.team = t.team and r.loaded_on <= t.day) as x from {{ref "tm"}} t`,
  roots_of_points: `select game_id, team, day, sum(sqrt(pts) + ln(pts)) over (${own} rows between 5 preceding and 1 preceding) as x from {{ref "tm"}}`,
  career_games: `select t.game_id, t.team, t.day, (select count(*) from {{source "raw" "marks"}} m where m.game_id % 8 = t.team % 8) as x from {{ref "tm"}} t`,
  ewma: `select t.game_id, t.team, t.day, (select sum(e.pts * power(0.9, t.day - e.day)) / sum(power(0.9, t.day - e.day)) from {{ref "tm"}} e where e.team = t.team and e.day < t.day) as x from {{ref "tm"}} t`,
};

const honestProject = (): Readonly<Record<string, string>> => ({
  ...STAGING,
  "models/standings.sql":
    '{{config materialized="materialized_view"}}\nselect team, season, rank() over (partition by season order by sum(won) desc, team) as place from {{ref "tm"}} group by team, season',
  "models/windows.sql": `select t.game_id, t.team, t.day, ${Object.entries(HONEST_WINDOWS)
    .map(([name, sql]) => `${sql} as ${name}`)
    .join(",\n")} from {{ref "tm"}} t`,
  ...Object.fromEntries(Object.entries(HONEST_MODELS).map(([name, sql]) => [`models/${name}.sql`, sql])),
  "models/models.yml": `models:\n${TM}  - { name: standings, config: { unique_key: [team, season] } }\n${["windows", ...Object.keys(HONEST_MODELS)].map((n) => featureYml(n)).join("")}${SOURCES}`,
});

it("accuses no honest model, and says which of them look into the fixture list", { timeout: 300_000 }, async () => {
  await using engine = await withEngine(honestProject());
  await engine.database.query(LEAGUE);
  const told = await engine.checkLeakage({ cutoffs: 12, seed: SEED });
  expect(told.complaints).toEqual([]);
  const columns = told.value?.columns ?? [];
  expect(columns.filter((c) => c.verdict !== "clean").map((c) => ({ ...c, node: undefined }))).toEqual([]);
  expect(told.exit).toBe(0);
  expect(told.value?.coverage.beyond).toEqual([
    "shop.career_games.x",
    "shop.next_game.games_of_season",
    "shop.next_game.x",
  ]);
  const { constant, hiddenAlone, movedLater } = told.value?.coverage ?? {};
  expect([constant, hiddenAlone, movedLater]).toEqual([
    [],
    [],
    ["raw.appearances.season", "raw.games.season", "raw.injuries.healed_on", "raw.trips.season"],
  ]);
});

it("catches a result that is used in few rows at the cut-offs that look there", async () => {
  await using engine = await withEngine({
    ...STAGING,
    "models/blow_outs.sql": `select game_id, team, day, case when is_playoffs and abs(pts - opp_pts) > 25 then pts else lag(pts) over (${own}) end as x from {{ref "tm"}}`,
    "models/models.yml": `models:\n${TM}${featureYml("blow_outs")}${SOURCES}`,
  });
  await engine.database.query(LEAGUE);
  const days = await engine.database.query("select distinct day::text from raw.games where is_playoffs order by 1");
  const named = await engine.checkLeakage({ at: days.map((d) => String(d["day"])), seed: SEED });
  const [leak] = (named.value?.columns ?? []).filter((c) => c.verdict === "leak");
  expect([leak?.column, leak?.finding?.carriers]).toEqual(["x", POINTS]);
  // A day of each kind is among the cut-offs that are chosen, where there is room.
  const chosen = await engine.checkLeakage({ cutoffs: 12, seed: SEED });
  const playoffs = (chosen.value?.coverage.cutoffs ?? []).filter((c) => c.reason === "is_playoffs = true");
  expect(playoffs.map((c) => days.some(({ day }) => day === c.at))).toEqual([true]);
});

it("begins a leak where models that keep no time themselves are first other than they were", async () => {
  const leaky = "t.pts - avg(t.pts) over () as adjusted";
  await using engine = await withEngine({
    ...STAGING,
    "models/form.sql": `select game_id, team, avg(pts) over (${own} rows between 3 preceding and 1 preceding) as form, sum(won) over (${own} rows between 3 preceding and 1 preceding) as wins from {{ref "tm"}}`,
    "models/daily.sql": `select team, day, sum(pts) over (${own} rows between unbounded preceding and 1 preceding) as points from {{ref "tm"}}`,
    "models/ratio.sql": `select t.game_id, t.team, f.form, ${leaky} from {{ref "tm"}} t join {{ref "form"}} f using (game_id, team)`,
    "models/own.sql": `select t.game_id, t.team, t.day, f.form + d.points - (select avg(pts) from {{ref "tm"}}) as x, f.wins from {{ref "tm"}} t join {{ref "form"}} f using (game_id, team) join {{ref "daily"}} d using (team, day)`,
    "models/handed.sql": `select t.game_id, t.team, t.day, r.form, lag(r.adjusted) over (partition by t.team order by t.day) as x from {{ref "tm"}} t join {{ref "ratio"}} r using (game_id, team)`,
    "models/models.yml": `models:
${TM}  - { name: form, config: { unique_key: [game_id, team] } }
  - { name: daily, config: { unique_key: [team, day] } }
  - { name: ratio, config: { unique_key: [game_id, team] } }
${featureYml("own")}${featureYml("handed")}${SOURCES}`,
  });
  await engine.database.query(LEAGUE);
  const told = await engine.checkLeakage({ cutoffs: 4, seed: SEED });
  const found = (told.value?.columns ?? [])
    .filter((c) => c.verdict === "leak")
    .map(({ relation, column, finding }) => [relation, column, finding?.startsIn, finding?.equalAbove]);
  expect(found).toEqual([
    ["shop.own", "x", ["shop.own.x"], ["tm", "daily", "form"]],
    ["shop.handed", "x", ["shop.ratio.adjusted"], ["tm", "form"]],
  ]);
});

it("tells carriers apart by so many builds, and names the rest as some of these", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `p${i + 10}`);
  await using engine = await withEngine({
    "models/sums.sql": `select game_id, day, sum(${names.join(" + ")}) over () as x, sum(p10) over () as y from {{source "raw" "games"}}`,
    "models/models.yml": `models: [{ name: sums, config: { known: before, event_time: day, unique_key: game_id } }]
sources:
  - name: raw
    tables: [{ name: games, config: { event_time: day, rows_known_at: always, columns_known_after: event_time } }]`,
  });
  await engine.database.query(`create schema raw;
    create table raw.games as select i as game_id, date '2026-01-01' + i as day, ${names.map((n) => `i % 7 as ${n}`).join(", ")} from generate_series(1, 50) i;
    alter table raw.games add primary key (game_id)`);
  const told = await engine.checkLeakage({ cutoffs: 1, seed: SEED });
  const found = (told.value?.columns ?? []).flatMap(({ column, finding }) =>
    finding === undefined ? [] : [[column, finding.carriedBy, [...finding.carriers].sort()]],
  );
  expect(found).toEqual([
    ["x", "some", names.map((n) => `raw.games.${n}`)],
    ["y", "some", ["raw.games.p10", "raw.games.p11"]],
  ]);
});

it("takes all that it built away when it is stopped in the middle of explaining", async () => {
  await using engine = await withEngine({
    ...STAGING,
    "models/form.sql": `select game_id, team, day, avg(pts) over (${own}) as x from {{ref "tm"}}`,
    "models/models.yml": `models:\n${TM}${featureYml("form")}${SOURCES}`,
  });
  await engine.database.query(LEAGUE);
  const stop = new AbortController();
  const told = await engine.checkLeakage({
    cutoffs: 2,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "note" && event.message.includes("differs: looking for")) stop.abort();
    },
  });
  expect([stop.signal.aborted, told.exit, told.value]).toEqual([true, expect.any(Number), undefined]);
  expect(told.exit).not.toBe(0);
  expect(await engine.database.query("select nspname from pg_namespace where nspname like '%check%'")).toEqual([]);
  expect(await engine.database.query("select state from galley.runs")).toEqual([{ state: "cancelled" }]);
});
