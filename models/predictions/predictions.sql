-- What each model says of each game that it can judge, played or scheduled, from what was known before the game.
with elo as (
  select
    game_id,
    'elo' as model_name,
    'published' as model_version,
    null::date as fitted_through,
    home_win_probability::numeric as home_win_probability
  from {{ref "elo_ratings"}}
),
logistic as (
  select
    t.game_id,
    'logistic' as model_name,
    'fitted through ' || to_char(c.fitted_through, 'YYYY-MM-DD') as model_version,
    c.fitted_through,
    1 / (1 + exp(-(c.intercept + c.elo * t.elo + c.form * t.form + c.form_long * t.form_long + c.rest * t.rest)))
      as home_win_probability
  from {{ref "logistic_terms"}} t
  join {{ref "logistic_coefficients"}} c using (competition)
)
select
  p.game_id,
  p.model_name,
  p.model_version,
  p.fitted_through,
  -- Not the clock: the same games give the same table.
  m.game_date::timestamp at time zone 'UTC' as predicted_at,
  round(p.home_win_probability, 8)::numeric(10, 8) as home_win_probability
from (select * from elo union all select * from logistic) p
join {{source "raw" "matches"}} m using (game_id)
