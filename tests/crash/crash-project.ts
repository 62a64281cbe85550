/**
 * The project that is killed: every materialization and every kind of dependent, in two schemas, over raw tables. What
 * each build writes depends on its day, so that live tells which build it shows.
 */

/** As the superuser, once for a database: whatever stands around the project, owned by who runs it. */
export const RAW = `
create schema raw;
create table raw.teams (team_id int primary key, name text not null);
create table raw.games (game_id int primary key, team_id int not null references raw.teams, points int not null);
create table raw.notes (note text);
insert into raw.teams select g, 'team ' || g from generate_series(1, 20) as g;
insert into raw.games select g, 1 + g % 20, g * 7 % 101 from generate_series(1, 400) as g;
analyze;`;

/** Once the project has been published: what other people hang on it. */
export const HANGING = `
grant select on shop.team_form to public;
grant select (team_id) on shop.game_day to public;
comment on table shop.team_form is 'kept by hand';
create schema outside;
create schema beyond;
create view outside.form with (security_barrier) as select f.team_id, f.day, f.points, p.place from shop.team_form f join reports.places p using (team_id);
create view beyond.leaders as select f.team_id, f.day, n.name from outside.form f join shop.team_names n using (team_id) where f.place <= 5;
grant select on beyond.leaders to public;
comment on view outside.form is 'of another team';
create materialized view outside.daily as select day, sum(points)::int as points from shop.layer_1 group by day;
create unique index daily_by_day on outside.daily (day);
create view beyond.daily as select d.day, d.points, (select count(*)::int from beyond.leaders) as leaders from outside.daily d;
create table raw.bets (bet_id int primary key, game_id int not null references shop.game_day (game_id));
insert into raw.bets select g, g from generate_series(1, 50) as g;
create function outside.note() returns trigger language plpgsql as 'begin insert into raw.notes values (new.team_id::text); return new; end';
create trigger noted after update on shop.team_form for each row execute function outside.note();
create policy only_open on shop.team_form for select to public using (points >= 0);
alter table shop.team_form enable row level security;
create statistics shop.by_team (dependencies) on team_id, points from shop.game_day;
create rule never as on delete to shop.layer_2 do instead nothing;
alter table shop.layer_3 replica identity full;
create function outside.games() returns bigint stable begin atomic select count(*) from shop.layer_1; end;
grant select on shop.by_game to public;`;

const table = (name: string, body: string): Readonly<Record<string, string>> => ({ [`models/${name}.sql`]: body });

/** A tail of small tables, so that building, testing and dropping take many messages. */
const layers = (): Readonly<Record<string, string>> => {
  const files: Record<string, string> = {};
  for (let i = 1; i <= 6; i++) {
    const parent = i === 1 ? "game_day" : `layer_${i - 1}`;
    files[`models/layer_${i}.sql`] =
      `select game_id, team_id, day, points + ${i} as points from {{ref "${parent}"}} where game_id % ${i + 1} < 5\n`;
  }
  return files;
};

export const CRASH_PROJECT: Readonly<Record<string, string>> = {
  "seeds/codes.csv": "code,name\na,first\nb,second\nc,third\n",
  "models/sources.yml": "sources: [{ name: raw, tables: [{ name: teams }, { name: games }] }]\n",
  ...table(
    "game_day",
    `select game_id, team_id, points * {{var "day"}} as points, {{var "day"}}::int as day from {{source "raw" "games"}}\n`,
  ),
  // Long enough to be still at it when its program is gone.
  ...table(
    "slow_sum",
    `select {{var "day"}}::int as day, count(*) as n from generate_series(1, 1500000) as a where a % 7 < 5\n`,
  ),
  ...table(
    "team_form",
    `select team_id, day, sum(points)::int as points, count(*)::int as games from {{ref "game_day"}} group by team_id, day\n`,
  ),
  ...layers(),
  ...table(
    "ranked",
    `{{config schema="reports"}}\nselect f.team_id, f.day, rank() over (order by f.points, f.team_id) as place from {{ref "team_form"}} f\n`,
  ),
  ...table(
    "places",
    `{{config schema="reports" materialized="view"}}\nselect r.*, f.games from {{ref "ranked"}} r join {{ref "team_form"}} f using (team_id)\n`,
  ),
  ...table(
    "best",
    `{{config schema="reports" materialized="materialized_view"}}\nselect day, min(team_id) as team_id from {{ref "places"}} where place <= 3 group by day\n`,
  ),
  ...table(
    "totals",
    `{{config materialized="incremental" unique_key="game_id"}}\nselect game_id, day, points from {{ref "game_day"}} {{#if (is_incremental)}}where game_id % 2 = 0{{/if}}\n`,
  ),
  ...table(
    "recent",
    `{{config materialized="incremental" incremental_strategy="delete_insert" unique_key="half"}}\nselect game_id % 3 as half, game_id, day from {{ref "game_day"}} {{#if (is_incremental)}}where game_id % 3 < 2{{/if}}\n`,
  ),
  // Cut into as many partitions as there are days and thirds of the games.
  ...table("by_game", `select game_id, day, game_id / 150 as third, points from {{ref "game_day"}}\n`),
  ...table("totals_by_day", `select day, count(*)::int as games from {{ref "totals"}} group by day\n`),
  "models/team_names.sql": `{{config materialized="view"}}\nselect t.team_id, t.name, f.day from {{source "raw" "teams"}} t join {{ref "team_form"}} f using (team_id)\n`,
  "snapshots/teams.yml": `snapshots:
  - name: team_history
    relation: ref('team_form')
    config: { schema: history, strategy: check, unique_key: team_id, check_cols: [day, points] }
`,
  "models/one_day.test.sql": `select day from {{ref "layer_6"}} group by day having day <> {{var "day"}}\n`,
  "models/models.yml": `models:
  - name: game_day
    constraints:
      - { type: primary_key, columns: [game_id] }
      - { type: foreign_key, columns: [team_id], to: "source('raw', 'teams')", to_columns: [team_id] }
    config: { indexes: [{ columns: [team_id, points] }] }
    columns: [{ name: points, data_tests: [not_null] }]
  - name: team_form
    constraints: [{ type: primary_key, columns: [team_id] }]
    columns:
      - { name: day, data_tests: [not_null, { accepted_values: { arguments: { values: [1, 2, 3], quote: false } } }] }
  - name: ranked
    constraints:
      - { type: primary_key, columns: [team_id] }
      - { type: foreign_key, columns: [team_id], to: "ref('team_form')", to_columns: [team_id] }
    columns: [{ name: place, data_tests: [unique] }]
  - name: places
    columns: [{ name: team_id, data_tests: [unique, { relationships: { arguments: { to: ref('team_form'), field: team_id } } }] }]
  - name: by_game
    config: { partition_by: { columns: third, interval: 1 }, indexes: [{ columns: [game_id] }] }
  - name: layer_6
    columns: [{ name: game_id, data_tests: [unique, not_null] }]
`,
};
