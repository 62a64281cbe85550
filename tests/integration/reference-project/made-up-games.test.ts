import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeReferenceProject, type ReferenceProject } from "../../support/reference-project.ts";

/** A day in the middle of the season on which no model was fitted. */
const DAY = "2026-02-03";

const KNOWN_BEFORE = {
  features: `select md5(string_agg((to_jsonb(f) - 'home_won')::text, '|' order by game_id)) as known, count(*)::int as rows
             from features.match_features f where game_date <= '${DAY}'`,
  predictions: `select md5(string_agg(p.home_win_probability::text, '|' order by game_id, model_name)) as known, count(*)::int as rows
                from predictions.predictions p join raw.matches using (game_id) where game_date <= '${DAY}'`,
  stakes: `select md5(string_agg(row(game_id, team_id, stake)::text, '|' order by game_id)) as known, count(*)::int as rows
           from betting.bets where bet_date <= '${DAY}'`,
};

const FEATURES_AFTER = `
  select md5(string_agg((to_jsonb(f) - 'home_won')::text, '|' order by game_id)) as known
  from features.match_features f where game_date > '${DAY}'`;

describe("the made-up league", () => {
  let project: ReferenceProject;

  beforeAll(async () => {
    project = await makeReferenceProject();
    await project.galley("seed");
    await project.galley("build");
  }, 300_000);

  afterAll(() => project?.remove());

  const one = async (query: string): Promise<Record<string, unknown>> => {
    const rows = await project.query(query);
    expect(rows).toHaveLength(1);
    return { ...rows[0] };
  };
  const knownBefore = async (): Promise<readonly unknown[]> =>
    Promise.all(Object.values(KNOWN_BEFORE).map((query) => one(query)));

  test("no feature knew what was known only later", async () => {
    const { stdout } = await project.galley("check", "leakage", "--cutoffs", "4", "--seed", "7", "--strict");
    expect(stdout).toMatch(/^features\.match_features {3}clean {3}28 columns: no leak found in the coverage below$/m);
    expect(stdout).toMatch(/^features\.match_features {3}label {3}home_won$/m);
  });

  test("every game has a row of features, played or not", async () => {
    expect(
      await one(`select count(*)::int as games, count(home_won)::int as played, count(*) filter (where margin_diff is null)::int as without_form,
                        count(*) filter (where margin_diff is null and home_games_before > 0 and away_games_before > 0)::int as without_reason
                 from features.match_features`),
    ).toEqual({ games: 3720, played: 3690, without_form: 45, without_reason: 0 });
  });

  test("a training set of games is their features beside the label, and a game has the same as of now", async () => {
    const games = `select game_id, game_date, game_order, home_score > away_score as won
                   from {{source "raw" "matches"}} where home_score is not null order by game_id`;
    const features = ["features", "--features", "match_features.elo_diff"];
    const { stdout } = await project.galley(...features, "--entities", games, "--out", "-");
    const [header, ...rows] = stdout.trimEnd().split("\n");
    expect(header).toBe("game_id,game_date,game_order,won,elo_diff");
    const differences = rows.map((row) => [row.split(",")[0], row.split(",").at(-1)]);
    const expected = await project.query(
      "select game_id::text, elo_diff::text from features.match_features where home_won is not null order by match_features.game_id",
    );
    expect(differences).toEqual(expected.map((row) => [row["game_id"], row["elo_diff"]]));
    const [id, difference] = differences[1000] ?? [];
    const one = await project.galley(...features, "--entity", `game_id=${id}`, "--output", "csv");
    expect(one.stdout).toBe(`elo_diff\n${difference}\n`);
  });

  test("a scheduled game is predicted by both models and moves no rating", async () => {
    const scheduled = await project.query(`
      select p.model_name, count(*)::int as games, count(e.home_elo_after)::int as moved
      from raw.matches m join predictions.predictions p using (game_id) join stats.elo_ratings e using (game_id)
      where m.home_score is null group by p.model_name order by p.model_name`);
    expect(scheduled).toEqual([
      { model_name: "elo", games: 30, moved: 0 },
      { model_name: "logistic", games: 30, moved: 0 },
    ]);
  });

  test("the form of a scheduled game looks past other scheduled games at the last played ones", async () => {
    const forms = await one(`
      select count(distinct f.margin_avg)::int as forms, count(*)::int as games
      from stats.team_form f join stats.team_games t using (game_id, team_id)
      where t.points is null and t.team_id = (select home_team_id from raw.matches where home_score is null order by game_date, game_order limit 1)`);
    expect(forms).toEqual({ forms: 1, games: 4 });
  });

  test("only bets on games that are not played are open, and none is on a game that the model was fitted on", async () => {
    expect(
      await one(`select count(*) filter (where (b.outcome = 'open') <> (m.home_score is null))::int as wrongly_settled,
                        count(*) filter (where b.bet_date <= c.fitted_through)::int as on_known_games, count(*) > 100 as are_many
                 from betting.bets b join raw.matches m using (game_id) join predictions.logistic_coefficients c on c.competition = b.competition`),
    ).toEqual({ wrongly_settled: 0, on_known_games: 0, are_many: true });
  });

  test("other results from a day on change nothing that was known on that day", async () => {
    const [before, after] = [await knownBefore(), await one(FEATURES_AFTER)];
    await project.query(`
      update raw.matches set home_score = away_score, away_score = home_score
      where game_date >= '${DAY}' and home_score is not null`);
    await project.galley("run");
    expect(await knownBefore()).toEqual(before);
    expect(await one(FEATURES_AFTER)).not.toEqual(after);
  });

  test("the window of a form is a variable", async () => {
    await project.galley("run", "--select", "team_form", "--vars", "{rolling_games: 1}");
    expect(
      await one(`select count(*)::int as wrong from stats.team_form f join stats.team_games t using (game_id, team_id)
                 where f.win_share not in (0, 1)`),
    ).toEqual({ wrong: 0 });
  });
});
