-- One row a game, played or scheduled: what was known before it, the home team's figure minus the visitor's.
-- A difference is NULL where either team has no earlier game of the season to take it from.
with sides as (
  select
    t.game_id,
    t.is_home,
    t.played_before,
    f.points_avg,
    f.points_against_avg,
    f.margin_avg,
    f.margin_avg_long,
    f.win_share,
    f.win_share_long,
    r.wins::numeric / nullif(r.wins + r.losses, 0) as season_share,
    case
      when t.is_home then r.home_wins::numeric / nullif(r.home_wins + r.home_losses, 0)
      else r.away_wins::numeric / nullif(r.away_wins + r.away_losses, 0)
    end as floor_share,
    d.rest_days,
    b.offensive_rating_avg,
    b.effective_fg_share_avg,
    b.turnover_share_avg,
    b.offensive_rebound_share_avg,
    b.free_throw_rate_avg
  from {{ref "team_games"}} t
  join {{ref "team_form"}} f using (game_id, team_id)
  join {{ref "team_records"}} r using (game_id, team_id)
  join {{ref "rest_days"}} d using (game_id, team_id)
  left join {{ref "team_box_form"}} b using (game_id, team_id)
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
  home.points_avg - away.points_avg as points_diff,
  home.points_against_avg - away.points_against_avg as points_against_diff,
  home.margin_avg - away.margin_avg as margin_diff,
  home.margin_avg_long - away.margin_avg_long as margin_long_diff,
  home.win_share - away.win_share as win_share_diff,
  home.win_share_long - away.win_share_long as win_share_long_diff,

  -- season so far; at home against away
  home.played_before as home_games_before,
  away.played_before as away_games_before,
  round(home.season_share - away.season_share, 4) as season_share_diff,
  round(home.floor_share - away.floor_share, 4) as floor_share_diff,

  -- rest
  home.rest_days as home_rest_days,
  away.rest_days as away_rest_days,
  home.rest_days - away.rest_days as rest_diff,

  -- box scores
  home.offensive_rating_avg - away.offensive_rating_avg as offensive_rating_diff,
  home.effective_fg_share_avg - away.effective_fg_share_avg as effective_fg_diff,
  home.turnover_share_avg - away.turnover_share_avg as turnover_diff,
  home.offensive_rebound_share_avg - away.offensive_rebound_share_avg as offensive_rebound_diff,
  home.free_throw_rate_avg - away.free_throw_rate_avg as free_throw_diff,

  -- the label: never a feature
  m.home_score > m.away_score as home_won
from {{source "raw" "matches"}} m
join {{ref "elo_ratings"}} e on e.game_id = m.game_id
join sides home on home.game_id = m.game_id and home.is_home
join sides away on away.game_id = m.game_id and not away.is_home
