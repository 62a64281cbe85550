/** The files of a new project: small enough to read in a minute, and every kind of file is there once. */

export const IGNORED = ["node_modules/", "target/", ".galley/", ".env"] as const;

/** Text by path, relative to the project; `schemas` is the folder of the editors' schemas, from there, if there is one. */
export const projectFiles = (name: string, schemas: string | undefined): ReadonlyMap<string, string> =>
  new Map([
    ["project.yml", `${schemaLine(schemas, "project")}${projectYml(name)}`],
    ["seeds/games.csv", gamesCsv],
    ["models/team_games.sql", teamGamesSql],
    ["models/team_form.sql", teamFormSql],
    ["models/models.yml", `${schemaLine(schemas && `../${schemas}`, "properties")}${modelsYml}`],
    ["models/no_game_is_tied.test.sql", noTiesSql],
  ]);

/** Editors look from the folder of the file in which it stands. */
const schemaLine = (schemas: string | undefined, name: string): string =>
  schemas === undefined ? "" : `# yaml-language-server: $schema=${schemas}/${name}.schema.json\n`;

const projectYml = (name: string): string => `name: ${name}
target: embedded
schema: analytics

targets:
  # A PostgreSQL of this project's own, in .galley/; nothing to install.
  embedded: { type: embedded }
  # server: { type: postgres, url: "\${DATABASE_URL}", threads: 8 }

vars:
  form_games: 3

models:
  +materialized: view
`;

const gamesCsv = `game_id,game_date,home_team,away_team,home_score,away_score
1,2024-10-22,BOS,NYK,132,109
2,2024-10-22,LAL,MIN,110,103
3,2024-10-24,NYK,LAL,104,111
4,2024-10-25,MIN,BOS,98,107
5,2024-10-27,BOS,LAL,121,117
6,2024-10-28,NYK,MIN,115,101
7,2024-10-30,LAL,NYK,99,112
8,2024-11-01,BOS,MIN,124,96
9,2024-11-02,NYK,BOS,108,113
10,2024-11-04,MIN,LAL,118,105
`;

const teamGamesSql = `select game_id, game_date, home_team as team, home_score as points, away_score as points_against
from {{ref "games"}}
union all
select game_id, game_date, away_team, away_score, home_score
from {{ref "games"}}
`;

const teamFormSql = `{{config materialized="table"}}
-- Earlier games only: a game's own result must not be known before it is played.
select
  game_id,
  team,
  avg(points - points_against) over (
    partition by team
    order by game_date, game_id
    rows between {{var "form_games"}} preceding and 1 preceding
  ) as margin_avg
from {{ref "team_games"}}
`;

const modelsYml = `models:
  - name: team_games
    description: One row for each team of each game.

  - name: team_form
    description: One row for each team of each game, with how it did in the games before.
    constraints:
      - { type: primary_key, columns: [game_id, team] }
    columns:
      - name: game_id
        data_tests:
          - relationships: { arguments: { to: ref('games'), field: game_id } }
      - name: team
        data_tests:
          - accepted_values: { arguments: { values: [BOS, LAL, MIN, NYK] } }
      - name: margin_avg
        description: Average margin over the last games; NULL before a team's first.

seeds:
  - name: games
    description: Results of games.
    columns:
      - name: game_id
        data_tests: [unique, not_null]
`;

const noTiesSql = `select game_id, home_score, away_score
from {{ref "games"}}
where home_score = away_score
`;
