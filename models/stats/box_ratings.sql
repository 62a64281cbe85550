{{config materialized="view"}}
-- What a box score says of a team's play, free of the game's pace: the four factors, and points for 100 possessions.
with counted as (
  select
    own.game_id,
    own.team_id,
    own.points,
    own.fgm + 0.5 * own.fg3m as effective_made,
    own.ftm,
    own.fga,
    own.tov,
    own.oreb,
    own.oreb + other.dreb as rebounds_at_stake,
    own.fga + 0.44 * own.fta - own.oreb + own.tov as possessions
  from {{source "raw" "team_game_stats"}} own
  join {{source "raw" "team_game_stats"}} other on other.game_id = own.game_id and other.team_id <> own.team_id
)
select
  game_id,
  team_id,
  round(possessions, 2) as possessions,
  round(100 * points / nullif(possessions, 0), 2) as offensive_rating,
  round(effective_made / nullif(fga, 0), 4) as effective_fg_share,
  round(tov / nullif(possessions, 0), 4) as turnover_share,
  round(oreb::numeric / nullif(rebounds_at_stake, 0), 4) as offensive_rebound_share,
  round(ftm::numeric / nullif(fga, 0), 4) as free_throw_rate
from counted
