-- Days since the team's game before, of the same season. The calendar is known early: scheduled games count.
select
  game_id,
  team_id,
  {{> rest_days time="game_date" partition="team_id, season" order_by="game_date, game_order"}} as rest_days
from {{ref "team_games"}}
