-- When a model says 70 %, does the home team win seven times of ten? Its predictions in ten groups of equal size.
with ranked as (
  select
    competition,
    model_name,
    home_win_probability,
    home_won,
    ntile(10) over (partition by competition, model_name order by home_win_probability, game_id) as decile
  from {{ref "scored_predictions"}}
)
select
  competition,
  model_name,
  decile,
  count(*) as games,
  min(home_win_probability) as lowest_probability,
  max(home_win_probability) as highest_probability,
  round(avg(home_win_probability), 6) as mean_probability,
  round(avg(home_won::int), 6) as share_won
from ranked
group by competition, model_name, decile
