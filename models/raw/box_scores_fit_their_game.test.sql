-- A box score belongs to a team of its game, on the right side, with the points of the result.
select s.game_id, s.team_id, s.is_home, s.points, m.home_score, m.away_score
from {{source "raw" "team_game_stats"}} s
join {{source "raw" "matches"}} m using (game_id)
where s.team_id <> case when s.is_home then m.home_team_id else m.away_team_id end
   or s.points is distinct from case when s.is_home then m.home_score else m.away_score end
