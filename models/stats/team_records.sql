-- Games won and lost so far in the season, before each game: in all, at home, and away. Neutral floors are neither.
select
  game_id,
  team_id,
  {{> before_game aggregate="count(*) filter (where won)"}} as wins,
  {{> before_game aggregate="count(*) filter (where not won)"}} as losses,
  {{> before_game aggregate="count(*) filter (where won and is_home and not is_neutral)"}} as home_wins,
  {{> before_game aggregate="count(*) filter (where not won and is_home and not is_neutral)"}} as home_losses,
  {{> before_game aggregate="count(*) filter (where won and not is_home and not is_neutral)"}} as away_wins,
  {{> before_game aggregate="count(*) filter (where not won and not is_home and not is_neutral)"}} as away_losses
from {{ref "team_games"}}
