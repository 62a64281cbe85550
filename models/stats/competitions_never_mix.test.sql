-- A rating or a form goes by team, so a team must belong to the competition of each of its games.
select m.game_id, m.competition, t.team_id, t.competition as team_competition
from {{source "raw" "matches"}} m
join {{source "raw" "teams"}} t on t.team_id in (m.home_team_id, m.away_team_id)
where t.competition <> m.competition
