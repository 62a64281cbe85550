/** Honest feature models over the small league, each column by one macro of those that come with Galley. */
const ORDER = 'partition="team" order_by="day"';

const COLUMNS: Readonly<Record<string, string>> = {
  rolling_avg: `{{> rolling_avg column="pts" ${ORDER} rows=5}}`,
  rolling_sum: `{{> rolling_sum column="pts" partition="team, season" order_by="day"}}`,
  rolling_std: `{{> rolling_std column="pts" ${ORDER} interval="60 days" min_count=3}}`,
  rolling_min: `{{> rolling_min column="pts" ${ORDER} rows=10}}`,
  rolling_max: `{{> rolling_max column="pts" ${ORDER} rows=10}}`,
  rolling: `{{> rolling function="bool_or" column="won = 1" ${ORDER}}}`,
  earlier_rows: `count(*) filter (where won = 1) over ({{> earlier_rows ${ORDER}}})`,
  lag_feature: `{{> lag_feature column="pts" ${ORDER}}}`,
  rest_days: '{{> rest_days time="day" partition="team"}}',
};

export const MACRO_MODELS: Readonly<Record<string, string>> = {
  by_windows: `select game_id, team, day,\n  ${Object.entries(COLUMNS)
    .map(([name, call]) => `${call} as ${name}`)
    .join(",\n  ")}\nfrom {{ref "tm"}}`,
  by_streak: `select game_id, team, day, streak from {{> streak relation=(ref "tm") condition="won = 1" ${ORDER}}} as s`,
  by_ewma: `select game_id, team, day, ewma from {{> ewma relation=(ref "tm") column="pts" ${ORDER} half_life=5}} as e`,
  by_as_of_join:
    'select t.game_id, t.team, t.day, r.pts as as_of_join from {{ref "tm"}} as t {{> as_of_join relation=(ref "tm") as="r" on="r.team = t.team" time="day" before="t.day" max_age="30 days"}}',
  by_opponent_of:
    'select t.game_id, t.team, t.day, o.rolling_avg as opponent_of from {{ref "by_windows"}} as t {{> opponent_of relation=(ref "by_windows") as="o" row="t" event="game_id" entity="team"}}',
};

/** All that is to be clean, as `model.column`. */
export const MACRO_COLUMNS: readonly string[] = [
  ...Object.keys(COLUMNS).map((name) => `by_windows.${name}`),
  "by_streak.streak",
  "by_ewma.ewma",
  "by_as_of_join.as_of_join",
  "by_opponent_of.opponent_of",
].sort();
