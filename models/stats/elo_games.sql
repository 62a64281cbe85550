-- The games of each competition numbered in play order, its teams numbered too: what the replay of ratings walks along.
with teams as (
  select team_id, row_number() over (partition by competition order by team_id) as team_no
  from {{source "raw" "teams"}}
),
seasons as (
  select
    game_id,
    team_id,
    coalesce(lag(season) over (partition by team_id order by game_date, game_order) <> season, false) as starts_season
  from {{ref "team_games"}}
)
select
  m.competition,
  row_number() over (partition by m.competition order by m.game_date, m.game_order) as play_no,
  m.game_id,
  home.team_no::integer as home_no,
  away.team_no::integer as away_no,
  home_season.starts_season as home_starts_season,
  away_season.starts_season as away_starts_season,
  case when m.is_neutral then 0 else {{var "elo_home_advantage"}} end as home_advantage,
  m.home_score - m.away_score as home_margin
from {{source "raw" "matches"}} m
join teams home on home.team_id = m.home_team_id
join teams away on away.team_id = m.away_team_id
join seasons home_season on home_season.game_id = m.game_id and home_season.team_id = m.home_team_id
join seasons away_season on away_season.game_id = m.game_id and away_season.team_id = m.away_team_id
