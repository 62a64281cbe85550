-- Which games are worth a bet, on which side, and which part of the money: known before the game, no result is read.
-- Only games that the model has not been fitted on: betting on what one has seen proves nothing.
with sides as (
  select m.game_id, m.competition, m.game_date, p.model_name, m.home_team_id as team_id,
         p.home_win_probability as probability, m.home_odds as odds
  from {{source "raw" "matches"}} m
  join {{ref "predictions"}} p using (game_id)
  where p.model_name = {{literal (var "bet_model")}} and (p.fitted_through is null or m.game_date > p.fitted_through)
  union all
  select m.game_id, m.competition, m.game_date, p.model_name, m.away_team_id,
         1 - p.home_win_probability, m.away_odds
  from {{source "raw" "matches"}} m
  join {{ref "predictions"}} p using (game_id)
  where p.model_name = {{literal (var "bet_model")}} and (p.fitted_through is null or m.game_date > p.fitted_through)
),
worth_it as (
  -- The Kelly stake is edge / (odds - 1); both sides of one game never have an edge at the odds of one bookmaker,
  -- but with the best odds of several they may: the better side is taken.
  select distinct on (game_id)
    *,
    probability * odds - 1 as edge,
    (probability * odds - 1) / (odds - 1) as kelly_share
  from sides
  where probability * odds - 1 >= {{var "min_edge"}}
  order by game_id, probability * odds desc, team_id
),
limited as (
  select *, least({{var "kelly_fraction"}} * kelly_share, {{var "max_stake"}}) as wanted_share
  from worth_it
)
select
  game_id,
  model_name,
  competition,
  game_date,
  dense_rank() over (partition by competition order by game_date) as day_no,
  team_id,
  odds,
  probability,
  round(edge, 6) as edge,
  round(kelly_share, 6) as kelly_share,
  -- A day with many bets puts no more at stake than the limit of a day.
  round(wanted_share * least(1, {{var "max_day"}} / sum(wanted_share) over (partition by competition, game_date)), 6)
    as stake_share
from limited
