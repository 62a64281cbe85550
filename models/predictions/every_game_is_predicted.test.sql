-- Elo judges every game; the logistic model every game of a competition that it has coefficients for.
select m.game_id, m.competition, wanted.model_name
from {{source "raw" "matches"}} m
cross join lateral (
  select 'elo' as model_name
  union all
  select 'logistic' from {{ref "logistic_coefficients"}} c where c.competition = m.competition
) wanted
left join {{ref "predictions"}} p on p.game_id = m.game_id and p.model_name = wanted.model_name
where p.game_id is null
