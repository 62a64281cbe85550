-- The bets with their stakes in money, and what came of them.
with sized as (
  select
    c.*,
    b.opening_balance,
    round(c.stake_share * b.opening_balance, 2) as stake,
    case when c.team_id = g.home_team_id then g.home_won else not g.home_won end as won
  from {{ref "bet_candidates"}} c
  join {{ref "bankroll"}} b using (competition, day_no)
  left join {{ref "played_games"}} g using (game_id)
)
select
  game_id,
  model_name,
  competition,
  game_date as bet_date,
  team_id,
  odds,
  probability,
  edge,
  kelly_share,
  stake_share,
  stake,
  case when won then 'won' when not won then 'lost' else 'open' end as outcome,
  case when won then round(stake * (odds - 1), 2) when not won then -stake end as profit
from sized
