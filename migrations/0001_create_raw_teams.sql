-- Dimension: who plays. A team is a franchise of one competition; made-up and real teams never share one.
create schema if not exists raw;
comment on schema raw is 'Immutable observations, as they were published. Everything computed lives downstream.';

create table raw.teams (
  team_id     integer generated always as identity,
  competition text not null,
  code        text not null,
  name        text not null,
  franchise   text not null,
  constraint teams_pkey primary key (team_id),
  constraint teams_competition_code_key unique (competition, code),
  constraint teams_competition_check check (competition <> ''),
  constraint teams_code_check check (code <> '')
);

comment on table raw.teams is 'One row a team of a competition.';
comment on column raw.teams.team_id is 'Surrogate key, given by the database; files find a team by (competition, code).';
comment on column raw.teams.competition is 'demo: made-up games; nba: real games of BAA, NBA and ABA. Nothing downstream mixes competitions.';
comment on column raw.teams.code is 'Short name, unique within the competition.';
comment on column raw.teams.name is 'Name to show.';
comment on column raw.teams.franchise is 'The club behind the team, through moves and new names.';
