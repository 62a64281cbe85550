/** Steps of a build that are tried again, and what is never tried again. */
import { expect, test } from "vitest";
import { type Engine, openClient, type Told, until, withEngine } from "../../support/engine.ts";

const notesOf = ({ events }: Told): readonly string[] => events.flatMap((e) => (e.kind === "note" ? [e.message] : []));

/** Fails the first `n` times that it is called in the database: a sequence knows nothing of a rollback. */
const stumbling = async ({ database }: Engine, errcode: string): Promise<void> => {
  await database.query(`create schema raw; create sequence raw.calls;
    create function raw.stumble(n int) returns int language plpgsql as $$
    begin
      if nextval('raw.calls') <= n then raise exception 'crossed' using errcode = '${errcode}'; end if;
      return 1;
    end $$`);
};

test.each([["40001"], ["40P01"]])("a step that ends with %s is tried again, from its beginning", async (errcode) => {
  await using engine = await withEngine({
    "models/a.sql": "select raw.stumble(2) as id\n",
    "models/b.sql": 'select * from {{ref "a"}}\n',
  });
  await stumbling(engine, errcode);
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(notesOf(told)).toEqual([
    `retrying model.shop.a after crossed (${errcode}) (1 of 3)`,
    `retrying model.shop.a after crossed (${errcode}) (2 of 3)`,
  ]);
  expect(told.result.nodes.get("model.shop.a" as never)?.rows).toBe(1);
  expect(await engine.relations()).toContain("shop.b");
});

test("as often as the target says, and then the node has failed", async () => {
  await using engine = await withEngine({ "models/a.sql": "select raw.stumble(9) as id\n" }, { target: "retries: 1" });
  await stumbling(engine, "40001");
  const told = await engine.build();
  expect([told.exit, notesOf(told).length]).toEqual([3, 1]);
  expect(told.complaints).toEqual(["execute/sql-error: model.shop.a: crossed (SQLSTATE 40001)"]);
});

test("what the SQL is to blame for is not tried again", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 / (raw.stumble(0) - 1) as id\n" });
  await stumbling(engine, "40001");
  const told = await engine.build();
  expect([told.exit, notesOf(told)]).toEqual([3, []]);
});

/** Runs what waits for this test, and lets `disturb` loose on its server process. */
const disturbed = async (
  engine: Engine,
  disturb: (waiting: number) => string,
  run: () => Promise<Told> = engine.build,
): Promise<Told> => {
  await using holder = await openClient(engine.database.url);
  await holder.query("select pg_advisory_lock(42)");
  const running = run();
  let waiting: number | undefined;
  await until(async () => {
    const rows = await engine.database.query(
      "select pid from pg_locks where locktype = 'advisory' and not granted and objid = 42",
    );
    waiting = rows[0] === undefined ? undefined : Number(rows[0]["pid"]);
    return waiting !== undefined;
  });
  await engine.database.query(disturb(waiting ?? 0));
  await holder.query("select pg_advisory_unlock(42)");
  return running;
};

const WAITS = { "models/a.sql": "select pg_advisory_xact_lock(42)::text as id\n", "seeds/s.csv": "id\n1\n" };

test("a session that the server ends is followed by another", async () => {
  await using engine = await withEngine(WAITS);
  const told = await disturbed(engine, (waiting) => `select pg_terminate_backend(${waiting})`);
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(notesOf(told)).toEqual([
    "retrying model.shop.a after terminating connection due to administrator command (57P01) (1 of 3)",
  ]);
  expect(await engine.relations()).toEqual(["shop.a", "shop.s"]);
});

test("of a data test too", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/t.test.sql": 'select id from {{ref "a"}} where pg_advisory_xact_lock(42) is null\n',
  });
  const told = await disturbed(engine, (waiting) => `select pg_terminate_backend(${waiting})`);
  expect([told.exit, told.complaints, notesOf(told).length]).toEqual([0, [], 1]);
});

test("of `galley test` too, which tells each test once", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/a.yml": "models: [{ name: a, columns: [{ name: id, data_tests: [not_null] }] }]",
  });
  expect((await engine.build()).exit).toBe(0);
  await engine.project.write({
    "models/t.test.sql": 'select id from {{ref "a"}} where pg_advisory_xact_lock(42) is null\n',
  });
  const told = await disturbed(engine, (waiting) => `select pg_terminate_backend(${waiting})`, engine.test);
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(notesOf(told)).toEqual([
    "retrying data tests after terminating connection due to administrator command (57P01) (1 of 3)",
  ]);
  expect(told.events.filter((e) => e.kind === "test_finished")).toHaveLength(2);
});

test("when the run's lock is lost with it, nothing is built on, live stays, and the next build is well", async () => {
  await using engine = await withEngine(WAITS);
  const all =
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'galley/%'";
  const told = await disturbed(engine, () => all);
  expect(told.exit).toBe(4);
  expect(told.complaints.length).toBeGreaterThan(0);
  expect(told.complaints.every((c) => c.startsWith("postgres/connection-lost: "))).toBe(true);
  expect((await engine.relations()).filter((name) => name.startsWith("shop."))).toEqual([]);
  const next = await engine.build();
  expect([next.exit, next.complaints]).toEqual([0, []]);
  expect(await engine.relations()).toEqual(["shop.a", "shop.s"]);
});

test("contracts that are checked and foreign keys that are made are steps too", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": 'select id from {{ref "a"}}\n',
    "models/all.yml": `models:
  - name: a
    config: { contract: { enforced: true } }
    columns: [{ name: id, data_type: integer }]
    constraints: [{ type: primary_key, columns: [id] }]
  - name: b
    config: { indexes: [{ columns: [id] }] }
    constraints: [{ type: unique, columns: [id] }, { type: foreign_key, columns: [id], to: ref('a'), to_columns: [id] }]
`,
  });
  await stumbling(engine, "40001");
  await engine.database.query(`create sequence raw.views; create sequence raw.keys;
    create function raw.cross() returns event_trigger language plpgsql as $$
    begin
      if tg_tag = 'CREATE VIEW' and nextval('raw.views') = 1 or current_query() ~* 'add constraint.*foreign key' and nextval('raw.keys') = 1
      then raise exception 'crossed' using errcode = '40001'; end if;
    end $$`);
  await engine.database.queryAsSuperuser(
    "create event trigger cross_once on ddl_command_start when tag in ('CREATE VIEW', 'ALTER TABLE') execute function raw.cross()",
  );
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(notesOf(told)).toEqual([
    "retrying model.shop.a after crossed (40001) (1 of 3)",
    "retrying model.shop.b after crossed (40001) (1 of 3)",
  ]);
});
