-- How well each model did, season by season, on games that it was not fitted on.
with scores as (
  select
    competition,
    model_name,
    season,
    count(*) as games,
    avg(is_right::int) as accuracy,
    avg(squared_error) as brier,
    avg(log_loss)::numeric as log_loss,
    avg(home_won::int) as base_rate
  from {{ref "scored_predictions"}}
  group by competition, model_name, season
)
select
  competition,
  model_name,
  season,
  games,
  round(accuracy, 6) as accuracy,
  round(brier, 6) as brier,
  round(log_loss, 6) as log_loss,
  -- The same of somebody who always says how often the home team wins in just these games.
  round(base_rate, 6) as base_rate,
  round(base_rate * (1 - base_rate), 6) as base_brier,
  round({{> base_log_loss share="base_rate"}}, 6) as base_log_loss
from scores
