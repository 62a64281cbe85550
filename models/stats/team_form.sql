-- How a team has been doing in its last games of the season, as known before each game.
select
  game_id,
  team_id,
  {{> rolling_avg column="points" games=(var "rolling_games")}} as points_avg,
  {{> rolling_avg column="points_against" games=(var "rolling_games")}} as points_against_avg,
  {{> rolling_avg column="margin" games=(var "rolling_games")}} as margin_avg,
  {{> rolling_avg column="margin" games=(var "rolling_games_long")}} as margin_avg_long,
  {{> rolling_avg column="won::int" games=(var "rolling_games")}} as win_share,
  {{> rolling_avg column="won::int" games=(var "rolling_games_long")}} as win_share_long
from {{ref "team_games"}}
