-- Before a team's first game of a season nothing is known of its form: a value there has come from later games.
select game_id, game_date, home_games_before, away_games_before
from {{ref "match_features"}}
where (home_games_before = 0 or away_games_before = 0)
  and num_nonnulls(points_diff, points_against_diff, margin_diff, margin_long_diff, win_share_diff, win_share_long_diff,
                   season_share_diff, floor_share_diff, offensive_rating_diff, effective_fg_diff, turnover_diff,
                   offensive_rebound_diff, free_throw_diff) > 0
