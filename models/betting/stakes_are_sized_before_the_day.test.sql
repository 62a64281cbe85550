-- The money from which a day's stakes are sized is the opening balance and the profits of earlier days: nothing of the
-- day itself, nothing later.
with known as (
  select
    b.competition,
    b.bet_date,
    b.opening_balance,
    {{var "opening_balance"}} + coalesce(sum(earlier.profit), 0) as balance_before
  from {{ref "bankroll"}} b
  left join {{ref "bets"}} earlier on earlier.competition = b.competition and earlier.bet_date < b.bet_date
  group by b.competition, b.bet_date, b.opening_balance
)
select *
from known
where opening_balance <> balance_before
