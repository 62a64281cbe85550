-- One row a game, played or scheduled: what was known before it, the home team's figure minus the visitor's.
-- A difference is NULL where either team has no earlier game of the season to take it from.
with shares as (
  select
    game_id,
    team_id,
    wins + losses as games,
    wins::numeric / nullif(wins + losses, 0) as season_share,
    home_wins::numeric / nullif(home_wins + home_losses, 0) as home_share,
    away_wins::numeric / nullif(away_wins + away_losses, 0) as away_share
  from {{ref "team_records"}}
)
select
  m.game_id,
  m.competition,
  m.season,
  m.game_date,
  m.game_order,
  m.is_playoffs,
  m.is_neutral,
  m.home_team_id,
  m.away_team_id,

  -- strength
  round((e.home_elo - e.away_elo)::numeric, 3) as elo_diff,
  round(e.home_edge::numeric, 3) as elo_edge,

  -- form
  hf.points_avg - af.points_avg as points_diff,
  hf.points_against_avg - af.points_against_avg as points_against_diff,
  hf.margin_avg - af.margin_avg as margin_diff,
  hf.margin_avg_long - af.margin_avg_long as margin_long_diff,
  hf.win_share - af.win_share as win_share_diff,
  hf.win_share_long - af.win_share_long as win_share_long_diff,

  -- season so far; at home against away
  home_record.games as home_games_before,
  away_record.games as away_games_before,
  round(home_record.season_share - away_record.season_share, 4) as season_share_diff,
  round(home_record.home_share - away_record.away_share, 4) as floor_share_diff,

  -- rest
  hr.rest_days as home_rest_days,
  ar.rest_days as away_rest_days,
  hr.rest_days - ar.rest_days as rest_diff,

  -- box scores
  hb.offensive_rating_avg - ab.offensive_rating_avg as offensive_rating_diff,
  hb.effective_fg_share_avg - ab.effective_fg_share_avg as effective_fg_diff,
  hb.turnover_share_avg - ab.turnover_share_avg as turnover_diff,
  hb.offensive_rebound_share_avg - ab.offensive_rebound_share_avg as offensive_rebound_diff,
  hb.free_throw_rate_avg - ab.free_throw_rate_avg as free_throw_diff,

  -- the label: never a feature
  m.home_score > m.away_score as home_won
from {{source "raw" "matches"}} m
join {{ref "elo_ratings"}} e on e.game_id = m.game_id
join {{ref "team_form"}} hf on hf.game_id = m.game_id and hf.team_id = m.home_team_id
join {{ref "team_form"}} af on af.game_id = m.game_id and af.team_id = m.away_team_id
join shares home_record on home_record.game_id = m.game_id and home_record.team_id = m.home_team_id
join shares away_record on away_record.game_id = m.game_id and away_record.team_id = m.away_team_id
join {{ref "rest_days"}} hr on hr.game_id = m.game_id and hr.team_id = m.home_team_id
join {{ref "rest_days"}} ar on ar.game_id = m.game_id and ar.team_id = m.away_team_id
left join {{ref "team_box_form"}} hb on hb.game_id = m.game_id and hb.team_id = m.home_team_id
left join {{ref "team_box_form"}} ab on ab.game_id = m.game_id and ab.team_id = m.away_team_id
