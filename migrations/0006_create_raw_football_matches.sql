-- Another sport, beside the first and without touching it: its games may end in a draw, so they have a table of their own.
-- Models of it are switched on by the var `football`.
create table raw.football_matches (
  match_id     integer generated always as identity,
  competition  text not null,
  season       integer not null,
  match_date   date not null,
  home_team_id integer not null,
  away_team_id integer not null,
  home_goals   integer,
  away_goals   integer,
  source_key   text not null,
  constraint football_matches_pkey primary key (match_id),
  constraint football_matches_source_key_key unique (source_key),
  constraint football_matches_home_team_id_fkey foreign key (home_team_id) references raw.teams (team_id),
  constraint football_matches_away_team_id_fkey foreign key (away_team_id) references raw.teams (team_id),
  constraint football_matches_teams_differ check (home_team_id <> away_team_id),
  constraint football_matches_goals_together check ((home_goals is null) = (away_goals is null)),
  constraint football_matches_goals_not_negative check (home_goals >= 0 and away_goals >= 0)
);

create index football_matches_match_date_idx on raw.football_matches (match_date);

comment on table raw.football_matches is 'One row a football match, played or scheduled.';
comment on column raw.football_matches.match_id is 'Surrogate key, given by the database.';
comment on column raw.football_matches.competition is 'The league; it must not be one of basketball.';
comment on column raw.football_matches.season is 'The year in which the season ends.';
comment on column raw.football_matches.match_date is 'Local date of the match.';
comment on column raw.football_matches.home_team_id is 'The team at home.';
comment on column raw.football_matches.away_team_id is 'The visitor.';
comment on column raw.football_matches.home_goals is 'Goals of the home team; NULL, like away_goals, until the match is played.';
comment on column raw.football_matches.away_goals is 'Goals of the visitor; NULL, like home_goals, until the match is played.';
comment on column raw.football_matches.source_key is 'The match''s key in its source; what makes loading it again harmless.';
