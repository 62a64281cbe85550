-- A score over games that the model was fitted on says nothing.
select s.game_id, s.model_name, s.game_date, p.fitted_through
from {{ref "scored_predictions"}} s
join {{ref "predictions"}} p using (game_id, model_name)
where s.game_date <= p.fitted_through
