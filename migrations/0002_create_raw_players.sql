-- Dimension: who stands on the floor.
create table raw.players (
  player_id  integer generated always as identity,
  source_key text not null,
  team_id    integer not null,
  full_name  text not null,
  position   text not null,
  constraint players_pkey primary key (player_id),
  constraint players_source_key_key unique (source_key),
  constraint players_team_id_fkey foreign key (team_id) references raw.teams (team_id),
  constraint players_position_check check (position in ('G', 'F', 'C'))
);

-- The rosters are read by team.
create index players_team_id_idx on raw.players (team_id);

comment on table raw.players is 'One row a player, with the team of the latest file.';
comment on column raw.players.player_id is 'Surrogate key, given by the database.';
comment on column raw.players.source_key is 'The player''s key in the file; what makes loading it again harmless.';
comment on column raw.players.team_id is 'The player''s team.';
comment on column raw.players.full_name is 'First and last name.';
comment on column raw.players.position is 'G guard, F forward, C centre.';
