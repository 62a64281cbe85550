-- Fact: the box score, one row a team and game.
create table raw.team_game_stats (
  game_id integer not null,
  team_id integer not null,
  is_home boolean not null,
  minutes numeric(5, 1) not null,
  points  integer not null,
  fgm     integer not null,
  fga     integer not null,
  fg3m    integer not null,
  fg3a    integer not null,
  ftm     integer not null,
  fta     integer not null,
  oreb    integer not null,
  dreb    integer not null,
  reb     integer not null,
  ast     integer not null,
  tov     integer not null,
  stl     integer not null,
  blk     integer not null,
  pf      integer not null,
  -- One row of statistics a team and game: without this, loading twice would bend every rolling average.
  constraint team_game_stats_game_id_team_id_key unique (game_id, team_id),
  -- And one of them at home: together with the key above, at most two rows a game.
  constraint team_game_stats_game_id_is_home_key unique (game_id, is_home),
  constraint team_game_stats_game_id_fkey foreign key (game_id) references raw.matches (game_id),
  constraint team_game_stats_team_id_fkey foreign key (team_id) references raw.teams (team_id),
  constraint team_game_stats_minutes_check check (minutes > 0),
  constraint team_game_stats_fg_check check (fgm between 0 and fga),
  constraint team_game_stats_fg3_check check (fg3m between 0 and fg3a),
  constraint team_game_stats_fg3_in_fg_check check (fg3m <= fgm and fg3a <= fga),
  constraint team_game_stats_ft_check check (ftm between 0 and fta),
  constraint team_game_stats_points_check check (points = 2 * fgm + fg3m + ftm),
  constraint team_game_stats_reb_check check (oreb >= 0 and dreb >= 0 and reb = oreb + dreb),
  constraint team_game_stats_counts_check check (ast >= 0 and tov >= 0 and stl >= 0 and blk >= 0 and pf >= 0)
);

-- Joined by game through the unique key, and read by team for its form.
create index team_game_stats_team_id_idx on raw.team_game_stats (team_id);

comment on table raw.team_game_stats is 'One row a team and game that has a box score.';
comment on column raw.team_game_stats.game_id is 'The game.';
comment on column raw.team_game_stats.team_id is 'The team whose statistics these are.';
comment on column raw.team_game_stats.is_home is 'True for the home team of the game.';
comment on column raw.team_game_stats.minutes is 'Length of the game in minutes: 48, and 5 for each overtime.';
comment on column raw.team_game_stats.points is 'Points scored: 2 · fgm + fg3m + ftm.';
comment on column raw.team_game_stats.fgm is 'Field goals made, three-pointers included.';
comment on column raw.team_game_stats.fga is 'Field goals attempted, three-pointers included.';
comment on column raw.team_game_stats.fg3m is 'Three-pointers made.';
comment on column raw.team_game_stats.fg3a is 'Three-pointers attempted.';
comment on column raw.team_game_stats.ftm is 'Free throws made.';
comment on column raw.team_game_stats.fta is 'Free throws attempted.';
comment on column raw.team_game_stats.oreb is 'Offensive rebounds.';
comment on column raw.team_game_stats.dreb is 'Defensive rebounds.';
comment on column raw.team_game_stats.reb is 'Rebounds: oreb + dreb.';
comment on column raw.team_game_stats.ast is 'Assists.';
comment on column raw.team_game_stats.tov is 'Turnovers.';
comment on column raw.team_game_stats.stl is 'Steals.';
comment on column raw.team_game_stats.blk is 'Blocked shots.';
comment on column raw.team_game_stats.pf is 'Personal fouls.';
