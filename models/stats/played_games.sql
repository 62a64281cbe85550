{{config materialized="view"}}
-- The games that have a result. What is scheduled enters no rating, no form and no score.
select
  game_id,
  competition,
  season,
  game_date,
  game_order,
  is_playoffs,
  is_neutral,
  home_team_id,
  away_team_id,
  home_score,
  away_score,
  home_score - away_score as home_margin,
  home_score > away_score as home_won
from {{source "raw" "matches"}}
where home_score is not null
