-- The table of each season: three points for a win, one for a draw.
with sides as (
  select competition, season, home_team_id as team_id, home_goals as goals, away_goals as goals_against
  from {{source "football" "football_matches"}}
  where home_goals is not null
  union all
  select competition, season, away_team_id, away_goals, home_goals
  from {{source "football" "football_matches"}}
  where home_goals is not null
)
select
  competition,
  season,
  team_id,
  count(*) as matches,
  count(*) filter (where goals > goals_against) as wins,
  count(*) filter (where goals = goals_against) as draws,
  count(*) filter (where goals < goals_against) as losses,
  sum(goals - goals_against) as goal_difference,
  sum(case when goals > goals_against then 3 when goals = goals_against then 1 else 0 end) as points
from sides
group by competition, season, team_id
