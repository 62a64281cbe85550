/** The plan that PostgreSQL gives each macro: an index on partition and order is read in its order, and leads to one entity. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";
import { calledMacro } from "../../support/library.ts";

/** A thousand games of each of sixty teams, in play order, as a source has them. */
const GAMES = `
create table games (game_id int primary key, team_id int not null, game_date date not null, points int, won boolean);
insert into games select i, i % 60, date '2000-01-01' + i / 60, i * 7919 % 100, i * 7919 % 2 = 0 from generate_series(1, 60000) i;
create index by_team on games (team_id, game_date) include (points, won);
create table sides (game_id int, team_id int, points int, primary key (game_id, team_id));
insert into sides select i, i % 60, 1 from generate_series(1, 60000) i union all select i, (i + 7) % 60, 2 from generate_series(1, 60000) i;
`;

let database: TestDatabase;
beforeAll(async () => {
  database = await withTestDatabase();
  await database.query(GAMES);
  await database.query("vacuum analyze games");
  await database.query("vacuum analyze sides");
});
afterAll(() => database[Symbol.asyncDispose]());

/** Without what later versions of the server add about windows. */
const planOf = async (query: string): Promise<string> =>
  (await database.query(`explain (costs off) ${query}`))
    .map((row) => String(row["QUERY PLAN"]))
    .filter((line) => !line.trim().startsWith("Window:"))
    .join("\n");

const ORDER = 'partition="team_id" order_by="game_date"';

const WINDOWS: Readonly<Record<string, string>> = {
  rolling_avg: `rolling_avg column="points" ${ORDER} rows=5`,
  rolling_sum: `rolling_sum column="points" ${ORDER}`,
  rolling_std: `rolling_std column="points" ${ORDER} interval="60 days" min_count=3`,
  rolling_min: `rolling_min column="points" ${ORDER} rows=10`,
  rolling_max: `rolling_max column="points" ${ORDER} rows=10`,
  rolling: `rolling function="bool_or" column="won" ${ORDER}`,
  lag_feature: `lag_feature column="points" ${ORDER}`,
  rest_days: 'rest_days time="game_date" partition="team_id"',
};

const COLUMNS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(WINDOWS).map(([name, call]) => [name, calledMacro(call)])),
  earlier_rows: `count(*) filter (where won) over (${calledMacro(`earlier_rows ${ORDER}`)})`,
};

test.each(Object.entries(COLUMNS))(
  "%s reads all rows in the order of the index, and sorts nothing",
  async (_, column) => {
    const plan = await planOf(`select team_id, game_date, ${column} as x from games`);
    expect(plan).toBe("WindowAgg\n  ->  Index Only Scan using by_team on games");
  },
);

test.each(Object.entries(COLUMNS))("%s of one team reads the rows of that team alone", async (_, column) => {
  const plan = await planOf(`select * from (select team_id, game_date, ${column} as x from games) q where team_id = 5`);
  expect(plan).toContain("Index Cond: (team_id = 5)");
  expect(plan).not.toContain("Seq Scan");
});

const RELATIONS: Readonly<Record<string, string>> = {
  streak: `streak relation="games" condition="won" ${ORDER}`,
  ewma: `ewma relation="games" column="points" ${ORDER} half_life=5`,
};

test.each(Object.entries(RELATIONS))(
  "%s reads the relation in the order of the index, and sorts it at no time as a whole",
  async (_, call) => {
    const plan = await planOf(`select * from ${calledMacro(call)} s`);
    expect(plan).toContain("Index Scan using by_team on games");
    expect(plan).not.toMatch(/-> {2}(?:Seq Scan|Sort)/);
  },
);

test.each(Object.entries(RELATIONS))(
  "%s of one team reads that team alone where its relation is that team's",
  async (_, call) => {
    const one = call.replace('"games"', '"(select * from games where team_id = 5)"');
    const plan = await planOf(`select * from ${calledMacro(one)} s`);
    expect(plan).toContain("Index Cond: (team_id = 5)");
    expect(plan).not.toContain("Seq Scan");
  },
);

const AS_OF = calledMacro(
  'as_of_join relation="games" as="r" on="r.team_id = g.team_id" time="game_date" before="g.game_date"',
);
const OPPONENT = calledMacro('opponent_of relation="sides" as="o" row="t" event="game_id" entity="team_id"');

test("as_of_join goes straight to the row, backwards on the index", async () => {
  const plan = await planOf(`select g.game_id, r.points from games g ${AS_OF}`);
  expect(plan).toMatch(
    /Limit\n\s+-> {2}Index Only Scan Backward using by_team on games r\w*\n\s+Index Cond: \(\(team_id = g.team_id\) AND \(game_date < g.game_date\)\)/,
  );
});

test("opponent_of finds the other row of one event by the key", async () => {
  const plan = await planOf(`select t.game_id, o.points from sides t ${OPPONENT} where t.game_id = 7`);
  expect(plan.match(/Index Cond: \(game_id = 7\)/g)).toHaveLength(2);
});

test("the plans of the guide are those that the server gives", async () => {
  const guide = await readFile(new URL("../../../docs/point-in-time.md", import.meta.url), "utf8");
  const plans = [
    await planOf(`select team_id, game_date, ${COLUMNS["rolling_avg"]} as x from games`),
    await planOf(`select g.game_id, r.points from games g ${AS_OF} where g.game_id = 7`),
    await planOf(`select t.game_id, o.points from sides t ${OPPONENT} where t.game_id = 7 and t.team_id = 7`),
  ];
  for (const plan of plans) expect(guide).toContain(`\`\`\`text\n${plan}\n\`\`\``);
});
