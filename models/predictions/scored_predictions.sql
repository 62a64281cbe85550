-- Predictions beside what happened. Games that a model was fitted on are left out: they would flatter it.
with fits as (
  select competition, max(fitted_through) as fitted_through
  from {{ref "predictions"}}
  join {{ref "played_games"}} using (game_id)
  group by competition
)
select
  p.game_id,
  p.model_name,
  g.competition,
  g.season,
  g.game_date,
  p.home_win_probability,
  g.home_won,
  (p.home_win_probability >= 0.5) = g.home_won as is_right,
  power(p.home_win_probability - g.home_won::int, 2) as squared_error,
  -ln((case when g.home_won then p.home_win_probability else 1 - p.home_win_probability end)::double precision)
    as log_loss,
  -- Only on these games may the models be compared: no model has seen them.
  coalesce(g.game_date > f.fitted_through, true) as is_unseen_by_all
from {{ref "predictions"}} p
join {{ref "played_games"}} g using (game_id)
join fits f on f.competition = g.competition
where p.fitted_through is null or g.game_date > p.fitted_through
