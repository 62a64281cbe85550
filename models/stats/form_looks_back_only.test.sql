-- The rolling margin, computed again the slow way for one day of each season: from games that are earlier in play order.
with days as (
  select distinct on (competition, season) competition, season, game_date
  from {{ref "team_games"}}
  where played_before > {{var "rolling_games"}}
  order by competition, season, game_date
),
again as (
  select t.game_id, t.team_id, round(avg(earlier.margin), 4) as margin_avg
  from {{ref "team_games"}} t
  join days d using (competition, season, game_date)
  cross join lateral (
    select e.margin
    from {{ref "team_games"}} e
    where e.team_id = t.team_id and e.season = t.season and e.margin is not null
      and (e.game_date, e.game_order) < (t.game_date, t.game_order)
    order by e.game_date desc, e.game_order desc
    limit {{var "rolling_games"}}
  ) earlier
  group by t.game_id, t.team_id
)
select a.game_id, a.team_id, a.margin_avg as expected, f.margin_avg
from again a
join {{ref "team_form"}} f using (game_id, team_id)
where f.margin_avg is distinct from a.margin_avg
