-- Days since the team's game before, of the same season. The calendar is known early: scheduled games count.
select
  game_id,
  team_id,
  game_date - lag(game_date) over (partition by team_id, season order by game_date, game_order) as rest_days
from {{ref "team_games"}}
