-- The money, day by day. The stakes of a day are sized from what was there before the day, its results come after.
-- Bets on games that are not played yet are open: they neither win nor lose.
with recursive settled as (
  select
    c.competition,
    c.game_date,
    c.day_no,
    c.stake_share,
    c.odds,
    case when c.team_id = g.home_team_id then g.home_won else not g.home_won end as won
  from {{ref "bet_candidates"}} c
  left join {{ref "played_games"}} g using (game_id)
),
ledger as (
  select
    competition,
    0::bigint as day_no,
    null::date as bet_date,
    0::bigint as bets,
    0::numeric as opening_balance,
    0::numeric as staked,
    0::numeric as profit,
    {{var "opening_balance"}}::numeric as closing_balance
  from (select distinct competition from settled) competitions

  union all

  select
    l.competition,
    l.day_no + 1,
    today.bet_date,
    today.bets,
    l.closing_balance,
    today.staked,
    today.profit,
    l.closing_balance + today.profit
  from ledger l
  cross join lateral (
    select
      min(s.game_date) as bet_date,
      count(*) as bets,
      sum(stake.amount) as staked,
      sum(case when s.won then round(stake.amount * (s.odds - 1), 2) when not s.won then -stake.amount else 0 end) as profit
    from settled s
    cross join lateral (select round(s.stake_share * l.closing_balance, 2) as amount) stake
    where s.competition = l.competition and s.day_no = l.day_no + 1
    having count(*) > 0
  ) today
)
select
  competition,
  bet_date,
  day_no,
  bets,
  round(opening_balance, 2) as opening_balance,
  staked,
  profit,
  round(closing_balance, 2) as closing_balance
from ledger
where day_no > 0
