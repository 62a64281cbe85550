/** Each macro that comes with Galley, by what PostgreSQL makes of it on few rows: NULLs, ties, gaps, first rows. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";
import { calledMacro } from "../../support/library.ts";
import { forEachServer } from "../../support/servers.ts";

/** Team 1: a gap after the 3rd, two rows on the 20th, a game without points on the 21st. */
const GAMES = `
create table games (id int primary key, team int, day date, seq int, points int, won boolean);
insert into games values
  (1, 1, '2024-01-01', 1, 10, true),
  (2, 1, '2024-01-02', 1, 20, true),
  (3, 1, '2024-01-03', 1, 30, false),
  (4, 1, '2024-01-20', 1, 40, true),
  (5, 1, '2024-01-20', 2, 50, true),
  (6, 1, '2024-01-21', 1, null, null),
  (7, 1, '2024-01-22', 1, 70, true),
  (8, 2, '2024-01-02', 1, 5, false),
  (9, 2, '2024-01-22', 1, 7, true)`;

const DAY = 'partition="team" order_by="day"';
const PLAY_ORDER = 'partition="team" order_by="day, seq"';

/** `null` where nothing is known; numbers as numbers. */
type Known = number | string | null;

const EXPRESSIONS: readonly { readonly title: string; readonly call: string; readonly team1: readonly Known[] }[] = [
  {
    title: "without a limit a window holds all earlier rows; the first row knows nothing",
    call: `rolling_sum column="points" ${DAY}`,
    team1: [null, 10, 30, 60, 60, 150, 150],
  },
  {
    title: "with a date alone, rows of one day do not see each other",
    call: `rolling_avg column="points" ${DAY} rows=2`,
    team1: [null, 10, 15, 25, 25, 40, 45],
  },
  {
    title: "with the order within a day, the second row of a day sees the first",
    call: `rolling_avg column="points" ${PLAY_ORDER} rows=2`,
    team1: [null, 10, 15, 25, 35, 45, 50],
  },
  {
    title: "a window by interval counts days, its end excluded and its beginning included",
    call: `rolling_sum column="points" ${DAY} interval="18 days"`,
    team1: [null, 10, 30, 50, 50, 120, 90],
  },
  {
    title: "an interval without rows in it knows nothing",
    call: `rolling_max column="points" ${DAY} interval="5 days"`,
    team1: [null, 10, 20, null, null, 50, 50],
  },
  {
    title: "NULL takes a place among the rows and counts for nothing",
    call: `rolling_min column="points" ${DAY} rows=1`,
    team1: [null, 10, 20, 30, 30, 40, null],
  },
  {
    title: "fewer values than min_count are too few",
    call: `rolling_avg column="points" ${DAY} min_count=3`,
    team1: [null, null, null, 20, 20, 30, 30],
  },
  {
    title: "a standard deviation needs two values",
    call: `rolling_std column="points" ${DAY} rows=3`,
    team1: [null, null, 7.0711, 10, 10, 12.9099, 10],
  },
  {
    title: "any aggregate of one argument rolls",
    call: `rolling function="bool_and" column="won" ${DAY}`,
    team1: [null, "true", "true", "false", "false", "false", "false"],
  },
  {
    title: "no partition is one history for all",
    call: `rolling function="count" column="points" partition="" order_by="day"`,
    team1: [0, 1, 3, 4, 4, 6, 6],
  },
  {
    title: "the row before, and NULL where two rows share its place",
    call: `lag_feature column="points" ${DAY}`,
    team1: [null, 10, 20, 30, 30, null, null],
  },
  {
    title: "two rows back, in play order",
    call: `lag_feature column="points" ${PLAY_ORDER} rows=2`,
    team1: [null, null, 10, 20, 30, 40, 50],
  },
  {
    title: "days since the day of the row before",
    call: `rest_days time="day" partition="team"`,
    team1: [null, 1, 1, 17, 17, 1, 1],
  },
  {
    title: "no day between two rows of a day, where their order is given",
    call: `rest_days time="day" ${PLAY_ORDER}`,
    team1: [null, 1, 1, 17, 0, 1, 1],
  },
];

const RELATIONS: readonly { readonly title: string; readonly call: string; readonly team1: readonly Known[] }[] = [
  {
    title: "a streak counts rows since the last that failed; NULL neither counts nor ends it",
    call: `streak relation="games" condition="won" ${PLAY_ORDER} as="feature"`,
    team1: [0, 1, 2, 0, 1, 2, 2],
  },
  {
    title: "a streak by date alone does not see its own day",
    call: `streak relation="games" condition="won" ${DAY} as="feature"`,
    team1: [0, 1, 2, 0, 0, 2, 2],
  },
  {
    title: "a streak of losses is a streak of the opposite",
    call: `streak relation="games" condition="not won" ${DAY} as="feature"`,
    team1: [0, 0, 0, 1, 1, 0, 0],
  },
  {
    title: "of two rows a half-life of one row weighs the last double",
    call: `ewma relation="games" column="points" ${PLAY_ORDER} half_life=1 rows=2 as="feature"`,
    team1: [null, 10, 16.6667, 26.6667, 36.6667, 46.6667, 50],
  },
  {
    title: "rows of one day weigh alike",
    call: `ewma relation="games" column="points" ${DAY} half_life=1 rows=1 as="feature"`,
    team1: [null, 10, 20, 30, 30, 45, null],
  },
  {
    title: "weights that have become nothing do not fail",
    call: `ewma relation="games" column="points" ${DAY} half_life=0.0001 as="feature"`,
    team1: [null, 10, 20, 30, 30, 45, 45],
  },
];

const JOINS: readonly { readonly title: string; readonly call: string; readonly team1: readonly Known[] }[] = [
  {
    title: "the latest row strictly before",
    call: 'as_of_join relation="games" as="r" on="r.team = t.team" time="day, seq" before="t.day, t.seq"',
    team1: [null, 1, 2, 3, 4, 5, 6],
  },
  {
    title: "the latest row at or before is the row itself",
    call: 'as_of_join relation="games" as="r" on="r.team = t.team" time="day, seq" at_or_before="t.day, t.seq"',
    team1: [1, 2, 3, 4, 5, 6, 7],
  },
  {
    title: "a row older than max_age is none",
    call: 'as_of_join relation="games" as="r" on="r.team = t.team" time="day, seq" before="t.day, t.seq" max_age="7 days"',
    team1: [null, 1, 2, null, 4, 5, 6],
  },
  {
    title: "of rows of one time tie_break takes one",
    call: 'as_of_join relation="games" as="r" on="r.team = t.team" time="day" before="t.day" tie_break="r.seq desc"',
    team1: [null, 1, 2, 3, 3, 5, 6],
  },
  {
    title: "the other row of the event",
    call: 'opponent_of relation="games" as="r" row="t" event="day, seq" entity="team"',
    team1: [null, 8, null, null, null, null, 9],
  },
];

forEachServer((server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await withTestDatabase(server);
    await database.query(GAMES);
  });
  afterAll(() => database.drop());

  /** The column `feature` of team 1, in the order of the ids. */
  const ofTeam1 = async (query: string): Promise<readonly Known[]> => {
    const rows = await database.query(`select id, feature from (${query}) as q where team = 1 order by id`);
    return rows.map(({ feature }) => known(feature));
  };

  test.each(EXPRESSIONS)("$title: $call", async ({ call, team1 }) => {
    expect(await ofTeam1(`select id, team, ${calledMacro(call)} as feature from games`)).toEqual(team1);
  });

  test.each(RELATIONS)("$title: $call", async ({ call, team1 }) => {
    expect(await ofTeam1(`select * from ${calledMacro(call)} as q`)).toEqual(team1);
  });

  test.each(JOINS)("$title: $call", async ({ call, team1 }) => {
    expect(await ofTeam1(`select t.id, t.team, r.id as feature from games t ${calledMacro(call)}`)).toEqual(team1);
  });

  test("streak and ewma give the columns of their relation, and one more", async () => {
    const relation = calledMacro(`streak relation="games" condition="won" ${DAY}`);
    const [row] = await database.query(`select * from ${relation} as q limit 1`);
    expect(Object.keys(row ?? {})).toEqual(["id", "team", "day", "seq", "points", "won", "streak"]);
  });

  test("an as-of join goes down an index of key and time, with a maximum age too", async () => {
    await database.query("create table ratings (team int, day date, seq int, value int)");
    await database.query(
      "insert into ratings select i % 50, '2000-01-01'::date + i / 50, 1, i from generate_series(1, 20000) i",
    );
    await database.query("create index on ratings (team, day, seq)");
    await database.query("analyze ratings");
    const age = 'max_age="30 days"';
    for (const times of [
      'time="day" before="t.day"',
      `time="day" before="t.day" ${age}`,
      `time="day, seq" before="t.day, t.seq" ${age}`,
    ]) {
      const join = calledMacro(`as_of_join relation="ratings" as="r" on="r.team = t.team" ${times}`);
      const plan = await planOf(database, `select t.id, r.value from games t ${join}`);
      expect(plan).toMatch(/Index (Only )?Scan Backward using ratings_team_day_seq_idx on ratings/);
      expect(plan).not.toMatch(/Sort|Seq Scan on ratings/);
    }
  });

  test("of a view with a window by interval, one team's rows are found and ordered by an index", async () => {
    // As on a disk that seeks as fast as it reads on.
    await database.query(`alter database ${database.name} set random_page_cost = 1.1`);
    await database.query("create table results (team int, day date, points int)");
    await database.query(
      "insert into results select i / 400, '2000-01-01'::date + i % 400, i from generate_series(0, 19999) i",
    );
    await database.query("create index on results (team, day) include (points)");
    await database.query("vacuum analyze results");
    const sum = calledMacro(`rolling_sum column="points" ${DAY} interval="30 days"`);
    await database.query(`create view form as select team, day, ${sum} as points_sum from results`);
    const plan = await planOf(database, "select * from form where team = 7");
    expect(plan).toMatch(/WindowAgg[\s\S]*Index Only Scan using results_team_day_points_idx on results/);
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  });
});

const known = (value: unknown): Known => {
  if (value === null || value === undefined) return null;
  return typeof value === "boolean" ? String(value) : Math.round(Number(value) * 10_000) / 10_000;
};

const planOf = async ({ query }: TestDatabase, statement: string): Promise<string> =>
  (await query(`explain (costs off) ${statement}`)).map((row) => row["QUERY PLAN"]).join("\n");
