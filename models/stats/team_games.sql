-- Every game from both sides, played or scheduled: one row a team and game, which all forms are computed from.
with sides as (
  select
    game_id, competition, season, game_date, game_order, is_neutral,
    home_team_id as team_id, away_team_id as opponent_id, true as is_home,
    home_score as points, away_score as points_against
  from {{source "raw" "matches"}}
  union all
  select
    game_id, competition, season, game_date, game_order, is_neutral,
    away_team_id as team_id, home_team_id as opponent_id, false as is_home,
    away_score as points, home_score as points_against
  from {{source "raw" "matches"}}
)
select
  game_id,
  team_id,
  opponent_id,
  competition,
  season,
  game_date,
  game_order,
  is_home,
  is_neutral,
  points,
  points_against,
  points - points_against as margin,
  points > points_against as won,
  -- Counts played games only, so that "the last five" skips games that are scheduled and not played.
  {{> before_game aggregate="count(points)"}} as played_before
from sides
