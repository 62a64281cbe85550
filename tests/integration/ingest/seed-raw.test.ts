import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/domain/event.ts";
import { seedRaw } from "../../../src/stages/ingest/seed-raw.ts";
import {
  mappingOf,
  placeOf,
  type RawDatabase,
  RUN_ID,
  type TestFolder,
  withFolder,
  withRawDatabase,
} from "../../support/raw.ts";

const TABLES = `
create schema t;
create table t.teams (team_id int generated always as identity primary key, code text not null unique);
create table t.games (key text primary key, team_id int not null references t.teams, points int)`;

/** Named so that neither the names nor the files are in the order that is needed. */
const GAMES = `
ingest: a_games
file: { format: csv, path: games.csv }
steps:
  - into: t.games
    key: [key]
    columns: { key: key, team_id: (select t.team_id from t.teams t where t.code = f.team), points: points::int }
`;
const TEAMS = `
ingest: b_teams
file: { format: csv, path: teams.csv }
steps: [{ into: t.teams, key: [code], columns: { code: code } }]
`;

const FILES = { "games.csv": "key,team,points\ng1,A,1\ng2,B,2\n", "teams.csv": "code\nA\nB\n" };

const seed = async (
  raw: RawDatabase,
  folder: TestFolder,
  mappings: readonly string[] = [GAMES, TEAMS],
): Promise<readonly string[]> => {
  const events: string[] = [];
  const emit = (event: RunEvent): void => {
    if (event.kind !== "raw_loaded") throw new Error(`unexpected ${event.kind}`);
    const counts = event.steps.map(({ counts: c }) => `${c.inserted}+${c.updated}~${c.unchanged}=${c.rejected}-`);
    events.push(`${event.mapping} ${event.file} ${event.isSkipped ? "skipped" : counts.join(" ")}`);
  };
  const outcome = await seedRaw(raw.database, {
    mappings: mappings.map((text) => mappingOf(text)),
    root: folder.path,
    runId: RUN_ID,
    bookkeeping: "galley",
    emit,
    now: () => new Date(0),
  });
  return outcome.ok ? events : [...events, ...outcome.diagnostics.map((d) => `${d.code}: ${d.message} ${placeOf(d)}`)];
};

describe("raw-loading seeds", () => {
  test("are loaded in the order of the foreign keys between their tables, and skipped while nothing changed", async () => {
    await using raw = await withRawDatabase(TABLES);
    await using folder = await withFolder(FILES);
    expect(await seed(raw, folder)).toEqual(["b_teams teams.csv 2+0~0=0-", "a_games games.csv 2+0~0=0-"]);
    expect(await seed(raw, folder)).toEqual(["b_teams teams.csv skipped", "a_games games.csv skipped"]);
    expect(await raw.query("select mapping, file, run_id from galley.raw_loads order by 1")).toEqual([
      { mapping: "a_games", file: "games.csv", run_id: RUN_ID },
      { mapping: "b_teams", file: "teams.csv", run_id: RUN_ID },
    ]);
  });

  test("are loaded again when the file, the mapping or the table is another one", async () => {
    await using raw = await withRawDatabase(TABLES);
    await using folder = await withFolder(FILES);
    await seed(raw, folder);
    await folder.write("games.csv", FILES["games.csv"].replace("g1,A,1", "g1,A,5"));
    expect(await seed(raw, folder)).toEqual(["b_teams teams.csv skipped", "a_games games.csv 0+1~1=0-"]);
    const moved = `\n# a comment moves it\n${GAMES}`;
    expect(await seed(raw, folder, [moved, TEAMS])).toEqual(["b_teams teams.csv skipped", "a_games games.csv skipped"]);
    const changed = GAMES.replace("points::int", "points::int * 2");
    expect(await seed(raw, folder, [changed, TEAMS])).toEqual([
      "b_teams teams.csv skipped",
      "a_games games.csv 0+2~0=0-",
    ]);
    await raw.query(
      "drop table t.games; create table t.games (key text primary key, team_id int not null references t.teams, points int)",
    );
    expect(await seed(raw, folder, [changed, TEAMS])).toEqual([
      "b_teams teams.csv skipped",
      "a_games games.csv 2+0~0=0-",
    ]);
  });

  test("with refused rows are not taken for loaded", async () => {
    await using raw = await withRawDatabase(TABLES);
    await using folder = await withFolder({ ...FILES, "games.csv": "key,team,points\ng1,A,1\ng2,C,2\n" });
    expect(await seed(raw, folder)).toEqual(["b_teams teams.csv 2+0~0=0-", "a_games games.csv 1+0~0=1-"]);
    expect(await seed(raw, folder)).toEqual(["b_teams teams.csv skipped", "a_games games.csv 0+0~1=1-"]);
  });

  test("stop at one that cannot be loaded", async () => {
    await using raw = await withRawDatabase(TABLES);
    await using folder = await withFolder({ "games.csv": FILES["games.csv"] });
    expect(await seed(raw, folder)).toEqual([
      "ingest/cannot-read: there is no file teams.csv ingest/test.yml:3: teams.csv",
    ]);
  });
});
