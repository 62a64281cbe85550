-- What another source calls a team: the playoff box scores know clubs by codes, the published ratings by franchises.
-- No foreign key to raw.teams: an alias is known before its team has been loaded from any file.
create table raw.team_aliases (
  competition text not null,
  alias       text not null,
  team_code   text not null,
  game_code   text not null,
  constraint team_aliases_pkey primary key (competition, alias)
);

comment on table raw.team_aliases is 'Codes of a second source, one row a code.';
comment on column raw.team_aliases.competition is 'The competition in which the code is used.';
comment on column raw.team_aliases.alias is 'The code in the second source.';
comment on column raw.team_aliases.team_code is 'The team''s code in raw.teams.';
comment on column raw.team_aliases.game_code is 'The code with which the first source ends the key of a home game: yyyymmdd0 and this.';

insert into raw.team_aliases (competition, alias, team_code, game_code) values
  ('nba', 'ATL', 'Hawks', 'ATL'),
  ('nba', 'BKN', 'Nets', 'BRK'),
  ('nba', 'BOS', 'Celtics', 'BOS'),
  ('nba', 'CHA', 'Hornets', 'CHA'),
  ('nba', 'CHI', 'Bulls', 'CHI'),
  ('nba', 'CLE', 'Cavaliers', 'CLE'),
  ('nba', 'DAL', 'Mavericks', 'DAL'),
  ('nba', 'DEN', 'Nuggets', 'DEN'),
  ('nba', 'DET', 'Pistons', 'DET'),
  ('nba', 'GSW', 'Warriors', 'GSW'),
  ('nba', 'HOU', 'Rockets', 'HOU'),
  ('nba', 'IND', 'Pacers', 'IND'),
  ('nba', 'LAC', 'Clippers', 'LAC'),
  ('nba', 'LAL', 'Lakers', 'LAL'),
  ('nba', 'MEM', 'Grizzlies', 'MEM'),
  ('nba', 'MIA', 'Heat', 'MIA'),
  ('nba', 'MIL', 'Bucks', 'MIL'),
  ('nba', 'MIN', 'Timberwolves', 'MIN'),
  ('nba', 'NOH', 'Pelicans', 'NOH'),
  ('nba', 'NOP', 'Pelicans', 'NOP'),
  ('nba', 'NYK', 'Knicks', 'NYK'),
  ('nba', 'OKC', 'Thunder', 'OKC'),
  ('nba', 'ORL', 'Magic', 'ORL'),
  ('nba', 'PHI', 'Sixers', 'PHI'),
  ('nba', 'PHX', 'Suns', 'PHO'),
  ('nba', 'POR', 'Trailblazers', 'POR'),
  ('nba', 'SAC', 'Kings', 'SAC'),
  ('nba', 'SAS', 'Spurs', 'SAS'),
  ('nba', 'TOR', 'Raptors', 'TOR'),
  ('nba', 'UTA', 'Jazz', 'UTA'),
  ('nba', 'WAS', 'Wizards', 'WAS');
