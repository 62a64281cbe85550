-- Elo ratings before and after each game, replayed from the results alone, one competition beside the other.
-- The ratings of a competition's teams travel from game to game as an array; its team_no-th element is a team's rating.
with recursive starts as (
  select
    t.competition,
    array_agg(coalesce(s.rating, {{var "elo_start"}})::double precision order by t.team_id) as ratings
  from {{source "raw" "teams"}} t
  left join {{ref "elo_starts"}} s on s.competition = t.competition and s.franchise = t.franchise
  group by t.competition
),
replay as (
  select
    competition,
    0::bigint as play_no,
    null::integer as game_id,
    null::double precision as home_elo,
    null::double precision as away_elo,
    null::double precision as home_edge,
    null::double precision as shift,
    ratings
  from starts

  union all

  select
    g.competition,
    g.play_no,
    g.game_id,
    before.home_elo,
    before.away_elo,
    edge.home_edge,
    moved.shift,
    -- The same array with two elements replaced: home + shift and away - shift, the smaller place first.
    case
      when g.home_no < g.away_no
        then r.ratings[:g.home_no - 1] || (before.home_elo + coalesce(moved.shift, 0))
          || r.ratings[g.home_no + 1 : g.away_no - 1] || (before.away_elo - coalesce(moved.shift, 0))
          || r.ratings[g.away_no + 1 :]
      else r.ratings[:g.away_no - 1] || (before.away_elo - coalesce(moved.shift, 0))
          || r.ratings[g.away_no + 1 : g.home_no - 1] || (before.home_elo + coalesce(moved.shift, 0))
          || r.ratings[g.home_no + 1 :]
    end
  from replay r
  join {{ref "elo_games"}} g on g.competition = r.competition and g.play_no = r.play_no + 1
  -- (`offset 0` lets PostgreSQL compute each of these once a game, not once for every place where it is used.)
  -- A new season begins a step nearer to the mean.
  cross join lateral (
    select
      case
        when g.home_starts_season
          then {{var "elo_carry_over"}} * r.ratings[g.home_no] + (1 - {{var "elo_carry_over"}}) * {{var "elo_mean"}}
        else r.ratings[g.home_no]
      end as home_elo,
      case
        when g.away_starts_season
          then {{var "elo_carry_over"}} * r.ratings[g.away_no] + (1 - {{var "elo_carry_over"}}) * {{var "elo_mean"}}
        else r.ratings[g.away_no]
      end as away_elo
    offset 0
  ) before
  cross join lateral (select before.home_elo + g.home_advantage - before.away_elo as home_edge offset 0) edge
  -- NULL for a scheduled game, which moves nothing. A big margin moves more, a favourite's big margin less.
  cross join lateral (
    select
      {{var "elo_k"}} * power(abs(g.home_margin) + 3.0::double precision, 0.8)
        / (7.5 + 0.006 * case when g.home_margin > 0 then edge.home_edge else -edge.home_edge end)
        * (case when g.home_margin > 0 then 1 else 0 end - 1 / (1 + power(10, -edge.home_edge / 400)))
        as shift
    offset 0
  ) moved
)
select
  game_id,
  competition,
  play_no,
  home_elo,
  away_elo,
  home_edge,
  1 / (1 + power(10, -home_edge / 400)) as home_win_probability,
  home_elo + shift as home_elo_after,
  away_elo - shift as away_elo_after
from replay
where play_no > 0
