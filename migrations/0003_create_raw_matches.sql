-- Fact: one row a game, played or scheduled.
create table raw.matches (
  game_id      integer generated always as identity,
  competition  text not null,
  league       text not null,
  season       integer not null,
  game_date    date not null,
  game_order   integer not null,
  is_playoffs  boolean not null,
  is_neutral   boolean not null,
  home_team_id integer not null,
  away_team_id integer not null,
  home_score   integer,
  away_score   integer,
  home_odds    numeric(7, 3),
  away_odds    numeric(7, 3),
  source_key   text not null,
  constraint matches_pkey primary key (game_id),
  constraint matches_source_key_key unique (source_key),
  constraint matches_home_team_id_fkey foreign key (home_team_id) references raw.teams (team_id),
  constraint matches_away_team_id_fkey foreign key (away_team_id) references raw.teams (team_id),
  constraint matches_teams_differ check (home_team_id <> away_team_id),
  constraint matches_scores_together check ((home_score is null) = (away_score is null)),
  constraint matches_scores_not_tied check (home_score <> away_score),
  constraint matches_scores_not_negative check (home_score >= 0 and away_score >= 0),
  constraint matches_odds_pay check (home_odds > 1 and away_odds > 1),
  constraint matches_season_check check (season between 1900 and 2200)
);

-- Features are computed in play order and filtered by season; every further index would only slow the loading.
create index matches_game_date_idx on raw.matches (game_date, game_order);
create index matches_season_idx on raw.matches (season);

comment on table raw.matches is 'One row a game. (date, home, away) is not unique: real pairs met twice on a day.';
comment on column raw.matches.game_id is 'Surrogate key, given by the database.';
comment on column raw.matches.competition is 'demo: made-up games; nba: real games. Ratings and forms go by competition, not by league: franchises moved between leagues.';
comment on column raw.matches.league is 'The league of the game: NBA, ABA, or the made-up one.';
comment on column raw.matches.season is 'The year in which the season ends.';
comment on column raw.matches.game_date is 'Local date of the game.';
comment on column raw.matches.game_order is 'Breaks ties within a day: play order is (game_date, game_order).';
comment on column raw.matches.is_playoffs is 'True after the regular season.';
comment on column raw.matches.is_neutral is 'True where nobody was at home; the home team is then only the first named.';
comment on column raw.matches.home_team_id is 'The team at home.';
comment on column raw.matches.away_team_id is 'The visitor.';
comment on column raw.matches.home_score is 'Points of the home team; NULL, like away_score, until the game is played.';
comment on column raw.matches.away_score is 'Points of the visitor; NULL, like home_score, until the game is played.';
comment on column raw.matches.home_odds is 'Decimal odds before the game: what one unit on the home team pays back. NULL where none are known.';
comment on column raw.matches.away_odds is 'Decimal odds before the game: what one unit on the visitor pays back. NULL where none are known.';
comment on column raw.matches.source_key is 'The game''s key in its source; what makes loading it again harmless.';
