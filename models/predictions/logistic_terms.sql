{{config materialized="view"}}
-- What the logistic model looks at, in numbers of about the same size, and never NULL: no form counts as even form.
-- scripts/fit-logistic.mjs fits the coefficients on this view, predictions applies them: one definition for both.
select
  game_id,
  competition,
  game_date,
  home_won,
  -- With the coefficient 1 and all others 0 the model would be Elo itself.
  elo_edge * ln(10.0) / 400 as elo,
  coalesce(margin_diff, 0) / 10 as form,
  coalesce(margin_long_diff, 0) / 10 as form_long,
  -- More than three days of rest are no better than three.
  coalesce(least(home_rest_days, 3) - least(away_rest_days, 3), 0)::numeric as rest
from {{ref "match_features"}}
