-- One row a game, played or scheduled: an inner join that loses a game would be felt first at prediction time.
select m.game_id, m.competition, m.game_date
from {{source "raw" "matches"}} m
left join {{ref "match_features"}} f using (game_id)
where f.game_id is null
