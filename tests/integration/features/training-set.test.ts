/** Training sets as files, and what is said of features, entities and times that cannot be. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Diagnostic, openFeatures, trainingSet } from "../../../src/index.ts";
import { type Engine, withEngine } from "../../support/engine.ts";
import { FEATURE_MODELS } from "../../support/feature-project.ts";

let engine: Engine;
beforeAll(async () => {
  const more = {
    "models/plain.sql": "select 1 as a",
    "models/coach.sql": "select 1 as team_id, date '2024-01-01' as day, 'ana@example.org' as email, 3 as years",
    "models/coach.yml":
      "models:\n  - name: coach\n    config: { entity: team_id, event_time: day }\n    columns: [{ name: email, meta: { pii: true } }]\n",
    "models/late.sql": "select 1 as team_id, 2 as x, date '2024-01-01' as day",
  };
  engine = await withEngine({ ...FEATURE_MODELS, ...more });
  expect((await engine.build()).complaints).toEqual([]);
  // Known to the project, and not on live.
  await engine.project.write({
    "models/unbuilt.sql": "select 1 as team_id, 2 as x, date '2024-01-01' as day",
    "models/unbuilt.yml": "models: [{ name: unbuilt, config: { entity: team_id, event_time: day } }]",
  });
});
afterAll(() => engine[Symbol.asyncDispose]());

const place = () => ({ folder: engine.project.root, env: engine.env });
const text = async (name: string): Promise<string> => readFile(join(engine.project.root, name), "utf8");

type Asked = {
  readonly features: readonly string[];
  readonly csv?: string;
  readonly query?: string;
  readonly out?: string;
  readonly times?: readonly string[];
  readonly maxAge?: string;
};

const made = async ({ features, csv, query, out = "out.csv", ...more }: Asked) => {
  if (csv !== undefined) await engine.project.write({ "games.csv": csv });
  const path = join(engine.project.root, out);
  return trainingSet(place(), { features, entities: query ?? "games.csv", out: { kind: "file", path }, ...more });
};

const said = async (asked: Asked): Promise<readonly string[]> => {
  const { diagnostics, exitCode, value } = await made(asked);
  expect(value).toBeUndefined();
  return [...diagnostics.map(shown), `exit ${exitCode}`];
};

/** `code at line:column "text": message` */
const shown = ({ code, at, message }: Diagnostic): string => {
  if (at === undefined) return `${code}: ${message}`;
  const before = at.file.text.slice(0, at.start).split("\n");
  const place = `${at.file.path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  return `${code} at ${place} ${JSON.stringify(at.file.text.slice(at.start, at.end))}: ${message}`;
};

test("columns of the entities come first, in the order of the file; a feature may have another name", async () => {
  const csv = 'remark,team_id,event_time\n"a, b",1,2024-01-03\n,2,2024-01-03\n"",1,2023-12-31\n';
  const { value, diagnostics } = await made({ csv, features: ["points=form.points_avg", "rating"] });
  expect(diagnostics.map(shown)).toEqual([
    'features/order-unknown at games.csv:1:1 "remark": form is ordered within its time by seq, which games.csv has not: only earlier times are seen',
  ]);
  expect(value).toEqual({ rows: 3, columns: ["remark", "team_id", "event_time", "points", "rating", "note"] });
  const rows = ['"a, b",1,2024-01-03,10.5,1500,a', ",2,2024-01-03,,,", '"",1,2023-12-31,,,'];
  expect(await text("out.csv")).toBe(["remark,team_id,event_time,points,rating,note", ...rows, ""].join("\n"));
});

test("a personal column comes when it is named, and not with its model", async () => {
  const csv = "team_id,event_time\n1,2024-01-03\n";
  const whole = await made({ csv, features: ["coach"] });
  expect([whole.diagnostics.map(shown), whole.value?.columns]).toEqual([
    ['features/personal at models/coach.yml:4:23 "email": coach comes without email: personal, by meta.pii'],
    ["team_id", "event_time", "years"],
  ]);
  const named = await made({ csv, features: ["coach.email", "coach.years"] });
  expect([named.diagnostics, await text("out.csv")]).toEqual([
    [],
    "team_id,event_time,email,years\n1,2024-01-03,ana@example.org,3\n",
  ]);
  const both = await made({ csv, features: ["coach", "mail=coach.email"] });
  expect([both.diagnostics, both.value?.columns]).toEqual([[], ["team_id", "event_time", "years", "mail"]]);
});

test("a label and keys do not come with a model's columns", async () => {
  const csv = "team_id,day,seq\n1,2024-01-01,1\n";
  const { value } = await made({ csv, features: ["form"] });
  expect(value).toEqual({ rows: 1, columns: ["team_id", "day", "seq", "points_avg"] });
  expect(await text("out.csv")).toBe("team_id,day,seq,points_avg\n1,2024-01-01,1,10.5\n");
});

test("a query of the project is a set of entities too", async () => {
  const query = `select team_id, day as event_time, true as is_home from {{ref "market"}}`;
  await made({ query, features: ["market.odds"] });
  expect(await text("out.csv")).toBe("team_id,event_time,is_home,odds\n1,2024-01-01,t,0.5\n");
});

test("a Parquet file holds numbers, truths, dates and times as such", async () => {
  const query = `select 1 as team_id, date '2024-01-03' as day, 1 as seq, timestamptz '2024-01-03 10:00:00.25+01' as at, true as won,
    7::bigint as n, 'x'::text as t, null::integer as nothing`;
  const { value, diagnostics } = await made({
    query,
    features: ["form", "rating.rating", "market"],
    times: ["at", "seq"],
    out: "out.parquet",
  });
  expect(diagnostics).toEqual([]);
  expect(value?.rows).toBe(1);
  const file = await asyncBufferFromFile(join(engine.project.root, "out.parquet"));
  expect(await parquetReadObjects({ file })).toEqual([
    {
      team_id: 1,
      day: new Date("2024-01-03"),
      seq: 1,
      at: new Date("2024-01-03T09:00:00.250Z"),
      won: true,
      n: 7n,
      t: "x",
      nothing: null,
      points_avg: 10.5,
      rating: 1500n,
      odds: 0.5,
    },
  ]);
});

test("a set that cannot be made leaves the earlier file as it was, and nothing beside it", async () => {
  await writeFile(join(engine.project.root, "kept.csv"), "earlier");
  const csv = "team_id,event_time\n1,2024-01-01\n";
  await said({ csv, features: ["market.odds"], maxAge: "soon", out: "kept.csv" });
  await engine.database.query("alter table shop.market rename to gone");
  await engine.database.query(
    "create view shop.market as select team_id, day, 1 / (odds - odds) as odds from shop.gone",
  );
  expect(await said({ csv, features: ["market.odds"], out: "kept.csv" })).toEqual([
    "execute/sql-error: features: division by zero (SQLSTATE 22012)",
    "exit 3",
  ]);
  await engine.database.query("drop view shop.market");
  await engine.database.query("alter table shop.gone rename to market");
  expect(await text("kept.csv")).toBe("earlier");
  expect((await readdir(engine.project.root)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("features that are none", async () => {
  const csv = "team_id,event_time\n1,2024-01-01\n";
  const asked = ["from", "plain", "a=form", "form.points", "form.won", "unbuilt"];
  const all = await Promise.all(asked.map((feature) => made({ csv, features: [feature], out: `${feature}.csv` })));
  expect(all.map(({ diagnostics }) => diagnostics.map(shown))).toEqual([
    ['features/unknown-feature: there is no model "from"'],
    [
      'features/unknown-feature at models/plain.sql:1:1 "": plain is no feature model: it needs an `event_time` and an `entity`',
    ],
    ['features/unknown-feature: "a=form" is no feature'],
    ['features/unknown-feature: form has no column "points"'],
    [
      'features/not-known at models/models.yml:9:23 "won": form.won is a label, which is known only after its row\'s time',
    ],
    ["features/not-built: unbuilt is not on live: there is no shop.unbuilt"],
  ]);
});

test("entities that do not fit", async () => {
  expect(await said({ csv: "team,event_time\n1,2024-01-01\n", features: ["market"] })).toEqual([
    'features/bad-entities at games.csv:1:1 "team": games.csv has no column "team_id", the key of market',
    "exit 2",
  ]);
  expect(await said({ csv: "team_id,on\n1,2024-01-01\n", features: ["market"] })).toEqual([
    'features/bad-entities at games.csv:1:1 "team_id": games.csv has no time for market',
    "exit 2",
  ]);
  expect(await said({ csv: "team_id,day,team_id\n1,2024-01-01,1\n", features: ["market"] })).toEqual([
    'features/bad-entities at games.csv:1:13 "team_id": games.csv has the column "team_id" twice',
    "exit 2",
  ]);
  expect(await said({ csv: "team_id,day,odds\n1,2024-01-01,1\n", features: ["market"] })).toEqual([
    'features/duplicate-column at games.csv:1:1 "team_id": "odds" is a column of games.csv and a feature of market',
    "exit 2",
  ]);
  expect(await said({ csv: "team_id,day\n", features: ["n=market.odds", "n=rating.rating"] })).toEqual([
    'features/duplicate-column: "n" comes from market and from rating',
    "exit 2",
  ]);
  expect(await said({ csv: "", features: ["market"] })).toEqual([
    "features/bad-entities: games.csv is empty",
    "exit 2",
  ]);
});

test("a bad value is told with its line and column, wherever it is", async () => {
  const good = Array.from({ length: 500 }, (_, i) => `${i},"two\nlines",2024-01-01\n`).join("");
  const csv = `team_id,note,day\n${good}7,x,2024-02-30\n${good}x,y,2024-01-01\n9,z,\n`;
  expect(await said({ csv, features: ["market"] })).toEqual([
    'features/bad-row at games.csv:2003:1 "x": line 2003 of games.csv has "x" as team_id, which is integer in market',
    'features/bad-row at games.csv:1002:5 "2024-02-30": line 1002 of games.csv has "2024-02-30" as day, which is date in market',
    "exit 1",
  ]);
  expect(await said({ csv: "team_id,day\n1,\n", features: ["market"] })).toEqual([
    'features/bad-row at games.csv:2:3 "": line 2 of games.csv has no day, which is date in market',
    "exit 1",
  ]);
  expect(await said({ query: "select 'x' as team_id, '2024-01-01' as day", features: ["market"] })).toEqual([
    'features/bad-row: row 1 of the query has "x" as team_id, which is integer in market',
    "exit 1",
  ]);
});

test("one entity is asked for by its whole key, and nothing else", async () => {
  const { value } = await openFeatures(place(), { features: ["market"] });
  const saidOf = async (entity: Readonly<Record<string, string>>, at: string) => {
    const answer = await value?.get(entity, at);
    return answer?.ok === false ? answer.diagnostics.map(shown) : answer?.value;
  };
  expect(await saidOf({ team_id: "1" }, "2024-01-01")).toEqual({ odds: 0.5 });
  expect(await saidOf({ team_id: "7" }, "2024-01-01")).toEqual({ odds: null });
  expect(await saidOf({ team: "1" }, "2024-01-01")).toEqual([
    'features/bad-entities: no feature has the key "team"',
    "features/bad-entities: the entity has no team_id",
  ]);
  expect(await saidOf({ team_id: "1" }, "yesterdayish")).toEqual([
    'features/bad-row: the entity or its time cannot be used: invalid input syntax for type date: "yesterdayish"',
  ]);
  await value?.close();
});
