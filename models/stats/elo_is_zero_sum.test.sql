-- What one team gains in a game, the other loses.
select game_id, home_elo, home_elo_after, away_elo, away_elo_after
from {{ref "elo_ratings"}}
where abs((home_elo_after - home_elo) + (away_elo_after - away_elo)) > 0.000001
