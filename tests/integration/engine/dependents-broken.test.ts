import { expect, test } from "vitest";
import { openClient, photographOf, until, withEngine } from "../../support/engine.ts";
import { catalogOf } from "../../support/foreign-catalog.ts";
import { forEachServer } from "../../support/servers.ts";

const a = (columns: string, constraints: string) => ({
  "models/a.sql": `select ${columns} from (values (1, 'one'::text), (2, 'two')) as v (id, name)\n`,
  "models/a.yml": `models: [{ name: a, constraints: [${constraints}] }]\n`,
});
const KEY = "{ type: primary_key, columns: [id] }";

/** What stands over shop.a (id int primary key, name text), a change of the model that it cannot follow, and what is said. */
const breaks: readonly { readonly ddl: string; readonly change: Record<string, string>; readonly says: string }[] = [
  {
    ddl: "create view others.v as select name from shop.a",
    change: a("id", KEY),
    says: "view others.v does not fit the new shop.a: column name does not exist",
  },
  {
    ddl: "create view others.v as select id, name from shop.a",
    change: a("id, name::varchar(10) as name", KEY),
    says: "view others.v does not fit the new shop.a: its column name would change from text to character varying(10)",
  },
  {
    ddl: "create view others.v as select id, name, count(*) as n from shop.a group by id",
    change: a("id, name", "{ type: unique, columns: [id] }"),
    says: `view others.v does not fit the new shop.a: column "a.name" must appear in the GROUP BY clause or be used in an aggregate function`,
  },
  {
    ddl: "create function others.f() returns text language sql begin atomic select max(name) from shop.a; end",
    change: a("id", KEY),
    says: "function others.f() does not fit the new shop.a: column name does not exist",
  },
  {
    ddl: "create table others.t (x int); create policy p on others.t using (exists (select from shop.a where name <> ''))",
    change: a("id", KEY),
    says: "policy p on others.t does not fit the new shop.a: column name does not exist",
  },
  {
    ddl: "create table others.t (x int); create rule r as on insert to others.t do also update shop.a set name = 'x'",
    change: a("id", KEY),
    says: `rule r on others.t does not fit the new shop.a: column "name" of relation "a" does not exist`,
  },
  {
    ddl: "create materialized view others.mv as select name from shop.a",
    change: a("id", KEY),
    says: "materialized view others.mv: column name does not exist (SQLSTATE 42703)",
  },
  {
    ddl: "create materialized view others.mv as select id, 'shop.a'::regclass as whence from shop.a",
    change: {},
    says: "materialized view others.mv names shop.a in a constant, which cannot be re-pointed",
  },
  {
    ddl: "create table others.c (a_id int constraint k references shop.a)",
    change: a("id::text as id, name", KEY),
    says: `foreign key k on others.c: foreign key constraint "k__next" cannot be implemented (SQLSTATE 42804)`,
  },
];

/** Each over a model of its own. What is looked at together is told together: views and their like, then the rest. */
const TOGETHER: readonly (readonly number[])[] = [[0, 1, 2, 3, 4, 5], [6], [7], [8]];

const placed = (text: string, i: number): string =>
  text
    .replaceAll("shop.a", `shop.a${i}`)
    .replaceAll('"a.name"', `"a${i}.name"`)
    .replaceAll('relation "a"', `relation "a${i}"`)
    .replaceAll(/\bothers\b/g, `others_${i}`);

const modelOf = (files: Record<string, string>, i: number): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path.replace("models/a.", `models/a${i}.`),
      text.replace("name: a,", `name: a${i},`),
    ]),
  );

const WELL: Record<string, string> = Object.assign({}, ...breaks.map((_, i) => modelOf(a("id, name", KEY), i)));

forEachServer((server) => {
  test("what does not fit the new relation is named after the build, and live was never locked", async () => {
    await using engine = await withEngine(WELL, { server });
    const { database } = engine;
    expect((await engine.build()).complaints).toEqual([]);
    for (const numbers of TOGETHER) {
      const some = numbers.flatMap((i) => breaks[i] ?? []);
      for (const [n, { ddl }] of some.entries())
        await database.query(`create schema others_${numbers[n]}; ${placed(ddl, numbers[n] ?? 0)}`);
      const schemas = ["shop", ...numbers.map((i) => `others_${i}`)];
      const before = [await photographOf(database, ["shop"]), await catalogOf(database, schemas)];
      const changes = some.map(({ change }, n) => modelOf(change, numbers[n] ?? 0));
      await engine.project.write(Object.assign({}, WELL, ...changes));
      const told = await engine.build();
      // Versions differ in when they qualify a column.
      const said = told.complaints.map((c) => c.replace(/column (a\d\.name|"name") does/, "column name does"));
      const expected = some.map(({ says }, n) => `execute/does-not-fit: ${placed(says, numbers[n] ?? 0)}`);
      expect.soft([told.exit, said.toSorted()]).toEqual([6, expected.toSorted()]);
      expect
        .soft(told.diagnostics.map((d) => d.at?.file.path).toSorted())
        .toEqual(numbers.map((i) => `models/a${i}.sql`));
      expect.soft([await photographOf(database, ["shop"]), await catalogOf(database, schemas)]).toEqual(before);
      await database.query(`drop schema ${numbers.map((i) => `others_${i}`).join(", ")} cascade`);
    }
  });
});

test("an orphan is a failed data test with its rows, and nothing is left of the twin", async () => {
  await using engine = await withEngine(a("id, name", KEY));
  const { database } = engine;
  expect((await engine.build()).complaints).toEqual([]);
  await database.query(
    "create schema raw; create table raw.bets (bet int primary key, a_id int constraint bets_fk references shop.a); insert into raw.bets values (1, 1), (2, 2), (3, null)",
  );
  await engine.project.write({ "models/a.sql": "select 1 as id, 'one'::text as name\n" });
  const before = [await photographOf(database, ["shop"]), await catalogOf(database, ["shop", "raw"])];
  const told = await engine.build();
  expect([told.exit, told.result.publish?.status]).toEqual([1, "refused"]);
  const failed = [...told.result.tests.values()].filter((t) => t.status === "fail");
  expect(failed.map((t) => [t.name, t.node, t.description, t.failures, t.decidedBy, t.sample?.rows])).toEqual([
    [
      "bets_fk",
      undefined,
      "rows of raw.bets that would be left without what they refer to",
      1,
      "constraint (foreign key)",
      [["2", "2"]],
    ],
  ]);
  expect([await photographOf(database, ["shop"]), await catalogOf(database, ["shop", "raw"])]).toEqual(before);
  await database.query("delete from raw.bets where bet = 2");
  const well = await engine.build();
  expect([well.exit, well.complaints]).toEqual([0, []]);
  await expect(database.query("insert into raw.bets values (4, 2)")).rejects.toThrow(
    'violates foreign key constraint "bets_fk"',
  );
});

test("a twin that a killed run left is dropped by the next one first, and by clean, and nobody else's key is", async () => {
  await using engine = await withEngine({
    ...a("id, name", KEY),
    "models/b.sql": 'select id from {{ref "a"}}\n',
    "models/fails.test.sql": 'select 1 as x from {{ref "b"}}\n',
  });
  const { database } = engine;
  expect((await engine.build({ exclude: ["fails"] })).complaints).toEqual([]);
  await database.query(
    "create schema raw; create table raw.bets (a_id int); create table raw.own (id int primary key)",
  );
  const left = async () => {
    expect((await engine.build()).exit).toBe(1);
    await database.query(
      "alter table raw.bets add constraint k__next foreign key (a_id) references shop__next.a; alter table raw.bets add constraint own__next foreign key (a_id) references raw.own",
    );
  };
  const keys = () =>
    database.query("select conname from pg_constraint where conrelid = 'raw.bets'::regclass order by 1");
  await left();
  const told = await engine.build({ exclude: ["fails"] });
  expect([told.exit, told.complaints, await keys()]).toEqual([0, [], [{ conname: "own__next" }]]);
  await database.query("alter table raw.bets drop constraint own__next");
  await left();
  const listed = await engine.clean({ isDryRun: true });
  expect(listed.value?.filter((r) => r.what !== "file" && r.what !== "folder").map((r) => r.name)).toEqual([
    "k__next on raw.bets",
    "shop__next.a",
    "shop__next.b",
  ]);
  const cleaned = await engine.clean();
  expect([cleaned.exit, await keys()]).toEqual([0, [{ conname: "own__next" }]]);
  expect(cleaned.value?.every((r) => r.status === "removed")).toBe(true);
});

test("a writer of the other table is waited for without holding up those behind it", async () => {
  await using engine = await withEngine(a("id, name", KEY));
  const { database } = engine;
  expect((await engine.build()).complaints).toEqual([]);
  await database.query("create schema raw; create table raw.bets (a_id int constraint bets_fk references shop.a)");
  await using writer = await openClient(database.url);
  await writer.query("begin; insert into raw.bets values (1)");
  const running = engine.build();
  await until(async () => {
    const waiting = await database.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%bets_fk__next%'
         and datname = current_database() and pid <> pg_backend_pid()`,
    );
    return waiting.length > 0;
  });
  await database.query("set lock_timeout = '5s'; insert into raw.bets values (2)");
  await writer.query("commit");
  const told = await running;
  expect([told.exit, told.complaints]).toEqual([0, []]);
});
