-- A team enters a game with the rating it left the last one with; between seasons a part of the way to the mean.
with sides as (
  select g.game_id, g.competition, g.play_no, g.home_no as team_no, g.home_starts_season as starts_season,
         e.home_elo as before, coalesce(e.home_elo_after, e.home_elo) as after
  from {{ref "elo_games"}} g join {{ref "elo_ratings"}} e using (game_id)
  union all
  select g.game_id, g.competition, g.play_no, g.away_no, g.away_starts_season,
         e.away_elo, coalesce(e.away_elo_after, e.away_elo)
  from {{ref "elo_games"}} g join {{ref "elo_ratings"}} e using (game_id)
),
followed as (
  select *, lag(after) over (partition by competition, team_no order by play_no) as left_with
  from sides
)
select *
from followed
where abs(before - case when starts_season
                     then {{var "elo_carry_over"}} * left_with + (1 - {{var "elo_carry_over"}}) * {{var "elo_mean"}}
                     else left_with end) > 0.000001
