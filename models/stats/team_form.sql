-- How a team has been doing in its last games of the season, as known before each game.
select
  game_id,
  team_id,
  {{> form_avg column="points" games=(var "rolling_games")}} as points_avg,
  {{> form_avg column="points_against" games=(var "rolling_games")}} as points_against_avg,
  {{> form_avg column="margin" games=(var "rolling_games")}} as margin_avg,
  {{> form_avg column="margin" games=(var "rolling_games_long")}} as margin_avg_long,
  {{> form_avg column="won::int" games=(var "rolling_games")}} as win_share,
  {{> form_avg column="won::int" games=(var "rolling_games_long")}} as win_share_long
from {{ref "team_games"}}
