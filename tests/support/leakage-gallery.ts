/** The small league in which the gallery of leaks plays, as raw tables and as a project that says what is known when. */

/** Eight teams, three seasons of 40 days, each team once a day; the last four days are playoffs of the four best. */
export const LEAGUE = `
create schema raw;
create table raw.teams (team_id int primary key, league text not null);
insert into raw.teams select i, case when i % 2 = 0 then 'east' else 'west' end from generate_series(1, 8) i;
create table raw.games (
  game_id int primary key, season int not null, day date not null, announced_on date not null, is_playoffs boolean not null,
  home int not null, away int not null, odds numeric not null, home_points int, away_points int);
insert into raw.games
with days as (
  select s, d, date '2020-01-01' + (s - 1) * 365 + d * 2 as day from generate_series(1, 3) s, generate_series(0, 39) d
), pairs as (
  -- The circle method: everyone meets everyone.
  select s, d, day, 0 as p, 8 as a, d % 7 + 1 as b from days
  union all select s, d, day, p, (d + p) % 7 + 1, (d - p + 7) % 7 + 1 from days, generate_series(1, 3) p
)
select row_number() over (order by s, d, p), s, day,
  case when d >= 36 then date '2020-01-01' + (s - 1) * 365 + 71 else date '2019-12-01' + (s - 1) * 365 end, d >= 36,
  case when d % 2 = 0 then a else b end, case when d % 2 = 0 then b else a end,
  1.2 + (abs(hashtext(s || ':' || d || ':' || p || ':odds')) % 300) / 100.0,
  80 + abs(hashtext(s || ':' || d || ':' || p || ':home')) % 41, 79 + abs(hashtext(s || ':' || d || ':' || p || ':away')) % 37
from pairs where d < 36 or p < 2;
update raw.games set away_points = away_points + 1 where away_points = home_points;
create table raw.box (game_id int references raw.games, team_id int, points int not null, primary key (game_id, team_id));
insert into raw.box select game_id, home, home_points from raw.games union all select game_id, away, away_points from raw.games;
create table raw.injuries (injury_id int primary key, team_id int not null, reported_on date not null, healed_on date);
insert into raw.injuries select i, i % 8 + 1, date '2020-01-01' + i * 7, date '2020-01-01' + i * 7 + 3 + i % 40 from generate_series(1, 110) i;
create table raw.marks (game_id int primary key, day date not null, mark int, fixed_on date not null);
insert into raw.marks select game_id, day, abs(hashtext('m' || game_id)) % 100, day + 3 from raw.games;
-- Who plays on each day: every player for one to three seasons.
create table raw.appearances (player int, season int not null, day date, minutes int not null, primary key (player, day));
insert into raw.appearances select p, season, day, 10 + abs(hashtext('a' || p || day)) % 30
from generate_series(1, 8) p, (select distinct season, day from raw.games) d where season <= 1 + p % 3;
-- Thirty trips of each team that has reached the playoffs, booked when these are announced.
create table raw.trips (trip_id int primary key, season int not null, team int not null, day date not null, booked_on date not null);
insert into raw.trips select row_number() over (), season, team, day, booked_on
from (select season, home as team, max(day) as day, max(announced_on) as booked_on from raw.games where is_playoffs group by 1, 2) x, generate_series(1, 30);
-- Fouls come in two days after the game.
create table raw.reports (game_id int, team int, day date not null, fouls int not null, loaded_on date not null, primary key (game_id, team));
insert into raw.reports select game_id, team_id, day, 3 + abs(hashtext('r' || game_id || ':' || team_id)) % 6, day + 2 from raw.box join raw.games using (game_id);
`;

export const SOURCES = `
sources:
  - name: raw
    tables:
      - { name: teams, config: { constant: true } }
      - name: games
        config: { event_time: day, rows_known_at: announced_on, columns_known_at: always }
        columns:
          - { name: odds, config: { known_at: event_time } }
          - { name: home_points, config: { known_after: event_time } }
          - { name: away_points, config: { known_after: event_time } }
      - name: box
        config: { event_time: { from: games, on: game_id }, rows_known_after: event_time, columns_known_at: always }
      - name: injuries
        config: { event_time: reported_on, columns_known_at: always }
        columns: [{ name: healed_on, config: { known_at: healed_on } }]
      - name: marks
        config: { event_time: day, rows_known_at: always }
        columns: [{ name: mark, config: { known_after: fixed_on } }]
      - name: appearances
        config: { event_time: day, columns_known_at: always }
      - name: trips
        config: { event_time: day, rows_known_at: booked_on, columns_known_at: always }
      - name: reports
        config: { event_time: day, rows_known_at: loaded_on, columns_known_at: always }
`;

/** One row a team and game: what the features look at. It holds results, and is honest. */
export const STAGING: Readonly<Record<string, string>> = {
  "models/tm.sql": `
select game_id, season, day, is_playoffs, home as team, away as opp, home_points as pts, away_points as opp_pts,
  (home_points > away_points)::int as won from {{source "raw" "games"}}
union all
select game_id, season, day, is_playoffs, away, home, away_points, home_points, (away_points > home_points)::int from {{source "raw" "games"}}`,
};

export const TM = "  - { name: tm, config: { event_time: day, unique_key: [game_id, team] } }\n";

export const featureYml = (name: string, more = ""): string =>
  `  - { name: ${name}, config: { known: before, event_time: day, unique_key: [game_id, team]${more} } }\n`;
