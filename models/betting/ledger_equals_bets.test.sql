-- A day in the ledger is the sum of its bets.
select l.competition, l.bet_date, l.bets, l.staked, l.profit, count(b.game_id) as bets_found, sum(b.stake) as stakes_found
from {{ref "bankroll"}} l
left join {{ref "bets"}} b using (competition, bet_date)
group by l.competition, l.bet_date, l.bets, l.staked, l.profit
having l.bets <> count(b.game_id)
    or l.staked is distinct from sum(b.stake)
    or l.profit <> coalesce(sum(b.profit), 0)
