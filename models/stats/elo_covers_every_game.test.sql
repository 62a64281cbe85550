-- A gap in the play order would end the replay early.
select m.game_id, m.competition, m.game_date
from {{source "raw" "matches"}} m
left join {{ref "elo_ratings"}} e using (game_id)
where e.game_id is null or (e.home_elo_after is null) <> (m.home_score is null)
