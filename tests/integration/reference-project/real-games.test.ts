/** The main job: both files of real games through the reference project, against the figures that were published. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliResult } from "../../support/project.ts";
import { makeReferenceProject, type ReferenceProject } from "../../support/reference-project.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const ELO = join(ROOT, "../shared/data/nba_elo_1947_2015.csv.gz");
const BOX = join(ROOT, "../shared/data/nba_playoff_box_2011_2024.csv.gz");
const isHere = existsSync(ELO) && existsSync(BOX);
/** The published record of a game on this day is wrong, and so is what follows from it. */
const FIRST_WRONG_DAY = "2015-06-14";

if (!isHere) process.stderr.write("skipped: the files of real games are not at ../shared/data\n");

type Published = {
  readonly day: string;
  readonly homeElo: number;
  readonly awayElo: number;
  readonly forecast: number;
  readonly homeWon: boolean;
};

/** By the game's id. No field before `notes` is quoted. */
const readPublished = async (): Promise<ReadonlyMap<string, Published>> => {
  const [head = "", ...lines] = gunzipSync(await readFile(ELO))
    .toString("utf8")
    .trimEnd()
    .split("\n");
  const names = head.split(",");
  const field = (row: readonly string[], name: string): string => row[names.indexOf(name)] ?? "";
  return new Map(
    lines.map((line) => {
      const row = line.split(",");
      const published = {
        day: field(row, "date_game"),
        homeElo: Number(field(row, "elo_n")),
        awayElo: Number(field(row, "opp_elo_n")),
        forecast: Number(field(row, "forecast")),
        homeWon: Number(field(row, "pts")) > Number(field(row, "opp_pts")),
      };
      return [field(row, "game_id"), published];
    }),
  );
};

type RawStep = {
  readonly into: string;
  readonly inserted: number;
  readonly updated: number;
  readonly rejected: number;
};

const stepsOf = ({ stdout, stderr }: CliResult): readonly RawStep[] => {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line)).find((event) => event.kind === "raw_loaded")?.steps ?? [];
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** All of raw but the surrogate keys. */
const CONTENT = `
  select md5(string_agg(row(m.competition, m.league, m.season, m.game_date, m.game_order, m.is_playoffs, m.is_neutral,
      home.code, away.code, m.home_score, m.away_score, m.source_key, box.told)::text, '|' order by m.source_key)) as content
  from raw.matches m
  join raw.teams home on home.team_id = m.home_team_id
  join raw.teams away on away.team_id = m.away_team_id
  left join lateral (
    select string_agg((to_jsonb(s) - 'game_id' - 'team_id')::text, '|' order by s.is_home) as told
    from raw.team_game_stats s where s.game_id = m.game_id
  ) box on true
  where m.competition = 'nba'`;

describe.skipIf(!isHere)("real games", { timeout: 300_000 }, () => {
  let project: ReferenceProject;

  const ingest = async (into: ReferenceProject, mapping: string, file: string): Promise<readonly RawStep[]> =>
    stepsOf(await into.galley("ingest", mapping, file, "--log-format", "json"));

  beforeAll(async () => {
    project = await makeReferenceProject();
    await project.galley("seed");
    await ingest(project, "elo", ELO);
    await ingest(project, "playoff_box", BOX);
    await project.galley("build");
  }, 300_000);

  afterAll(() => project?.remove());

  test("420 games stand in both files and end as one each", async () => {
    const [counts] = await project.query(`
      select count(*)::int as games, count(*) filter (where is_neutral)::int as neutral,
             (select count(*)::int from raw.team_game_stats s join raw.matches using (game_id) where competition = 'nba') as boxes,
             (select count(*)::int from raw.teams where competition = 'nba') as teams
      from raw.matches where competition = 'nba'`);
    expect(counts).toEqual({ games: 63_907, neutral: 19, boxes: 2340, teams: 53 });
  });

  test("a second pass of both files changes nothing", async () => {
    const steps = [...(await ingest(project, "elo", ELO)), ...(await ingest(project, "playoff_box", BOX))];
    expect(steps.map(({ into }) => into)).toEqual([
      "raw.teams",
      "raw.teams",
      "raw.matches",
      "raw.teams",
      "raw.matches",
      "raw.team_game_stats",
    ]);
    for (const step of steps) expect(step).toMatchObject({ inserted: 0, updated: 0, rejected: 0 });
  });

  test("the other order of the files leads to the same raw tables", async () => {
    await using other = await makeReferenceProject();
    await ingest(other, "playoff_box", BOX);
    await ingest(other, "elo", ELO);
    expect(await other.query(CONTENT)).toEqual(await project.query(CONTENT));
    const again = [...(await ingest(other, "playoff_box", BOX)), ...(await ingest(other, "elo", ELO))];
    for (const step of again) expect(step).toMatchObject({ inserted: 0, updated: 0, rejected: 0 });
  });

  test("Elo meets the published ratings and forecasts", async () => {
    const published = await readPublished();
    const rows = await project.query(`
      select m.source_key, e.home_elo_after, e.away_elo_after, e.home_win_probability
      from stats.elo_ratings e join raw.matches m using (game_id) where m.competition = 'nba'`);
    const both = rows.flatMap((row) => {
      const told = published.get(String(row["source_key"]));
      return told === undefined ? [] : [{ row, told, p: Number(row["home_win_probability"]) }];
    });
    expect(both).toHaveLength(63_157);

    const right = both.filter(({ told }) => told.day < FIRST_WRONG_DAY);
    expect(right).toHaveLength(63_155);
    const worst = (differences: readonly number[]): number => differences.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(worst(right.map(({ row, told }) => Number(row["home_elo_after"]) - told.homeElo))).toBeLessThan(0.001);
    expect(worst(right.map(({ row, told }) => Number(row["away_elo_after"]) - told.awayElo))).toBeLessThan(0.001);
    expect(worst(right.map(({ p, told }) => p - told.forecast))).toBeLessThan(0.00001);

    expect(mean(both.map(({ p, told }) => (p >= 0.5 === told.homeWon ? 1 : 0)))).toBeCloseTo(0.680954, 6);
    expect(mean(both.map(({ p, told }) => (p - (told.homeWon ? 1 : 0)) ** 2))).toBeCloseTo(0.203795, 6);
    expect(mean(both.map(({ p, told }) => -Math.log(told.homeWon ? p : 1 - p)))).toBeCloseTo(0.593065, 6);
  });

  test("every game has features and both predictions", async () => {
    const [counts] = await project.query(`
      select (select count(*)::int from features.match_features) as features,
             (select count(*)::int from predictions.predictions where model_name = 'elo') as elo,
             (select count(*)::int from predictions.predictions where model_name = 'logistic') as logistic,
             (select count(*)::int from predictions.scored_predictions where model_name = 'elo' and competition = 'demo') as demo`);
    expect(counts).toEqual({ features: 67_627, elo: 67_627, logistic: 67_627, demo: 3690 });
  });

  test("the script fits the committed coefficients again", async () => {
    const committed = await readFile(join(ROOT, "seeds/logistic_coefficients.csv"), "utf8");
    const dates = ["demo=2025-07-31", "nba=2005-07-31"];
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(ROOT, "scripts/fit-logistic.mjs"),
      project.database.url,
      ...dates,
    ]);
    expect(stdout).toBe(committed);
  });
});
