/** What decides a data test, and that it decides rightly: the catalog, hashes, a shared scan, a query. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Told, withEngine } from "../../support/engine.ts";

const endings = ({ events }: Told): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    events
      .flatMap((e) =>
        e.kind === "test_finished" ? [[e.name, [e.status, e.failures, e.decidedBy, e.scanned ?? null]] as const] : [],
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

test("what the catalog guarantees is not asked", async () => {
  await using engine = await withEngine({
    "models/raw.yml": `sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - { name: id, data_tests: [{ unique: { name: key } }, { not_null: { name: key_known } }, { unique: { name: narrowed, where: "id > 0" } }, { unique: { name: upside_down, error_if: "= 0", warn_if: "> 9" } }] }
          - { name: customer, data_tests: [{ relationships: { name: keyed, to: "source('raw', 'customers')", field: id } }, { not_null: { name: customer_known } }] }
          - { name: later, data_tests: [{ relationships: { name: not_valid, to: "source('raw', 'customers')", field: id } }, { unique: { name: partial } }] }
      - { name: customers, columns: [{ name: id, data_tests: [{ unique: { name: customer_key } }] }] }
      - { name: parent, columns: [{ name: id, data_tests: [{ unique: { name: inherited } }] }, { name: note, data_tests: [{ not_null: { name: known_above } }] }] }
      - { name: split, columns: [{ name: id, data_tests: [{ unique: { name: partitioned } }] }] }
      - { name: seen, columns: [{ name: id, data_tests: [{ unique: { name: of_a_view } }] }] }
`,
  });
  await engine.database.query(`create schema raw;
    create table raw.customers (id int unique);
    create table raw.orders (id int primary key, customer int references raw.customers (id), later int);
    insert into raw.customers values (1), (null);
    insert into raw.orders values (1, 1, 9), (2, null, null);
    alter table raw.orders add foreign key (later) references raw.customers (id) not valid;
    create unique index on raw.orders (later) where later > 0;
    create table raw.parent (id int primary key, note text);
    create table raw.child () inherits (raw.parent);
    do $$ begin execute case when current_setting('server_version_num')::int >= 180000
      then 'alter table raw.parent add not null note no inherit' else 'alter table only raw.parent alter note set not null' end; end $$;
    insert into raw.parent values (1, 'here');
    insert into raw.child values (1, null);
    create table raw.split (id int primary key) partition by range (id);
    create view raw.seen as select id from raw.orders;`);
  const told = await engine.test();
  expect(endings(told)).toEqual({
    customer_key: ["pass", 0, "guaranteed by constraint customers_id_key", 0],
    customer_known: ["fail", 1, "scan shared by 3 tests", 2],
    inherited: ["fail", 1, "query", null],
    known_above: ["fail", 1, "scan shared by 2 tests", 2],
    key: ["pass", 0, "guaranteed by constraint orders_pkey", 0],
    key_known: ["pass", 0, "guaranteed by not null of id", 0],
    keyed: ["pass", 0, "guaranteed by constraint orders_customer_fkey", 0],
    narrowed: ["pass", 0, "guaranteed by constraint orders_pkey", 0],
    not_valid: ["fail", 1, "query", null],
    of_a_view: ["pass", 0, "hashes", 2],
    partial: ["pass", 0, "scan shared by 3 tests", 2],
    partitioned: ["pass", 0, "guaranteed by constraint split_pkey", 0],
    upside_down: ["fail", 0, "scan shared by 3 tests", 2],
  });
  const asked = endings(await engine.test({ constraints: "asked", select: ["key", "key_known", "keyed"] }));
  expect(asked).toEqual({
    key: ["pass", 0, "scan shared by 2 tests", 2],
    key_known: ["pass", 0, "scan shared by 2 tests", 2],
    keyed: ["pass", 0, "query", null],
  });
});

test("--changed-since takes the tests of files that differ, through macros too", async () => {
  const testsOf = (name: string): string => `  - { name: ${name}, columns: [{ name: id, data_tests: [not_null] }] }\n`;
  await using engine = await withEngine({
    "models/one.sql": "select {{> number}} as id",
    "models/two.sql": "select 2 as id",
    "models/three.sql": "select 3 as id",
    "models/three_is_three.test.sql": 'select * from {{ref "three"}} where id <> 3',
    "models/shop.yml": `models:\n${testsOf("one")}${testsOf("two")}${testsOf("three")}`,
    "macros/number.sql": "1",
  });
  const { root } = engine.project;
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@b.c", ...words]);
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "first");
  expect((await engine.build()).exit).toBe(0);
  const since = async (revision: string) => {
    const told = await engine.test({ changedSince: revision });
    return [told.exit, Object.keys(endings(told)), ...told.complaints];
  };
  expect(await since("HEAD")).toEqual([0, []]);
  await writeFile(join(root, "macros/number.sql"), "1 + 0");
  expect(await since("HEAD")).toEqual([0, ["not_null_one_id"]]);
  git("commit", "-qam", "second");
  await writeFile(join(root, "models/new.test.sql"), "select 1 where false");
  await writeFile(join(root, "models/three.sql"), "select 3 as id -- as ever");
  expect(await since("HEAD")).toEqual([0, ["new", "not_null_three_id", "three_is_three"]]);
  expect(await since("HEAD~1")).toEqual([0, ["new", "not_null_one_id", "not_null_three_id", "three_is_three"]]);
  expect(await since("nowhere")).toEqual([
    2,
    [],
    "select/unknown-revision: git cannot say what has changed since `nowhere`",
  ]);
});

test("keys of a big relation are told apart by hashes, and small parents are looked up within its scan", async () => {
  const column = (name: string, tests: string): string => `{ name: ${name}, data_tests: [${tests}] }`;
  const unique = (name: string, more = ""): string => `{ unique: { name: ${name}${more} } }`;
  const parent = (name: string, to: string): string =>
    `{ relationships: { name: ${name}, to: "source('raw', '${to}')", field: id } }`;
  const where = (name: string, condition: string): string =>
    `{ relationships_where: { name: ${name}, to: "source('raw', 'kinds')", field: id, to_condition: "${condition}" } }`;
  await using engine = await withEngine({
    "models/raw.yml": `sources:
  - name: raw
    tables:
      - { name: kinds }
      - { name: new_kinds }
      - { name: many }
      - name: events
        columns:
          - ${column("id", `${unique("number")}, { not_null: { name: known } }, ${parent("among_many", "many")}`)}
          - ${column("Some Text", unique("text"))}
          - ${column("doubled", `${unique("doubled")}, ${unique("half", ", where: 'id % 2 = 0'")}`)}
          - ${column("point", unique("no_hash"))}
          - ${column("wide", `${parent("wide_parent", "kinds")}, ${where("wide_among", "id > 100")}`)}
          - ${column("kind", `${parent("small_parent", "kinds")}, ${parent("not_analysed", "new_kinds")}, { accepted_values: { name: slow, values: [1, 2, 3], where: "public.unsafe(kind) > 0" } }`)}
`,
  });
  await engine.database.query(`create schema raw;
    create function public.unsafe(int) returns int language plpgsql as 'begin return $1; end';
    create table raw.kinds (id int); insert into raw.kinds values (1), (2), (null); analyze raw.kinds;
    create table raw.new_kinds (id int); insert into raw.new_kinds values (1), (2), (3);
    create table raw.many as select i as id from generate_series(1, 90000) i; analyze raw.many;
    create table raw.events as select i as id, 'text ' || i as "Some Text", (i + 1) / 2 as doubled,
      '1'::bit(8) as point, case i when 7 then 3 else i % 2 + 1 end as kind, nullif(i % 3, 0)::bigint as wide, repeat('x', 80) as filler from generate_series(1, 90000) i`);
  const told = await engine.test();
  expect(endings(told)).toEqual({
    among_many: ["pass", 0, "query", null],
    doubled: ["fail", 45000, "query", null],
    half: ["pass", 0, "hashes", 45000],
    known: ["pass", 0, "scan shared by 4 tests", 90000],
    no_hash: ["fail", 1, "query", null],
    not_analysed: ["pass", 0, "query", null],
    number: ["pass", 0, "hashes", 90000],
    slow: ["pass", 0, "scan", 90000],
    small_parent: ["fail", 1, "scan shared by 4 tests", 90000],
    text: ["pass", 0, "hashes", 90000],
    wide_among: ["fail", 60000, "scan shared by 4 tests", 90000],
    wide_parent: ["pass", 0, "scan shared by 4 tests", 90000],
  });
  const [failed] = told.events.flatMap((e) => (e.kind === "test_finished" && e.name === "small_parent" ? [e] : []));
  expect(failed?.sample?.rows.map((row) => row.slice(0, 2))).toEqual([["3", "7"]]);
});

test("a test that raises in the scan of a big relation takes none with it that looks values up there", async () => {
  const kind = `{ relationships: { name: of_kind, to: "source('raw', 'kinds')", field: id } }`;
  await using engine = await withEngine({
    "models/raw.yml": `sources:
  - name: raw
    tables:
      - { name: kinds }
      - name: events
        columns:
          - { name: kind, data_tests: [${kind}, { not_null: { name: raises, where: "1 / (id - 5) > 0" } }] }
`,
  });
  await engine.database.query(`create schema raw;
    create table raw.kinds (id int); insert into raw.kinds values (1), (2); analyze raw.kinds;
    create table raw.events as select i as id, i % 3 as kind, repeat('x', 80) as filler from generate_series(1, 90000) i`);
  const told = await engine.test();
  expect(endings(told)).toEqual({
    of_kind: ["fail", 30000, "scan", 90000],
    raises: ["error", 0, "scan", null],
  });
});

test("failing tests of one relation share a second scan for their rows, as the server prints them", async () => {
  await using engine = await withEngine({
    "models/raw.yml": `sources:
  - name: raw
    tables:
      - name: t
        columns:
          - { name: a, data_tests: [{ not_null: { name: a_known } }, { accepted_values: { name: a_listed, values: [1] } }] }
          - { name: galley_row, data_tests: [{ not_null: { name: row_known } }] }
          - { name: at, data_tests: [{ accepted_values: { name: broken, values: [1], where: "at::text::int > 0", severity: warn } }, { not_null: { name: absent, where: "nowhere > 1" } }] }
`,
  });
  await engine.database.query(`create schema raw; create table raw.t (a int, galley_row text, at timestamp);
    insert into raw.t values (1, 'x', '2024-01-01 10:00'), (null, 'y', null), (2, null, '2024-01-02 11:30')`);
  const told = await engine.test();
  expect(told.exit).toBe(3);
  expect(endings(told)).toEqual({
    a_known: ["fail", 1, "scan shared by 3 tests", 3],
    a_listed: ["fail", 1, "scan shared by 3 tests", 3],
    absent: ["error", 0, "scan", null],
    broken: ["error", 0, "scan", null],
    row_known: ["fail", 1, "scan shared by 3 tests", 3],
  });
  const samples = told.events.flatMap((e) => (e.kind === "test_finished" && e.sample ? [[e.name, e.sample.rows]] : []));
  expect(Object.fromEntries(samples)).toEqual({
    a_known: [[null, "y", null]],
    a_listed: [["2", null, "2024-01-02 11:30:00"]],
    row_known: [[null, "2", "2024-01-02 11:30:00"]],
  });
});

test("enforce makes tests into constraints of the table: making them is the test, and they guard live", async () => {
  await using engine = await withEngine(
    {
      "models/teams.sql": "select id from raw.teams",
      "models/games.sql": 'select id, team from raw.games /* {{ref "teams"}} */',
      "models/seen.sql": '{{config materialized="view"}} select id from {{ref "teams"}}',
      "models/shop.yml": `models:
  - name: teams
    columns: [{ name: id, data_tests: [unique, not_null] }]
  - name: games
    columns:
      - { name: id, data_tests: [unique] }
      - { name: team, data_tests: [{ relationships: { name: team_known, to: ref('teams'), field: id } }, { accepted_values: { name: listed, values: [1, 2] } }] }
  - name: seen
    columns: [{ name: id, data_tests: [unique] }]
`,
    },
    { project: "data_tests: { +enforce: true }" },
  );
  const { query } = engine.database;
  await query(`create schema raw; create table raw.teams (id int); create table raw.games (id int, team int);
    insert into raw.teams values (1), (2); insert into raw.games values (1, 1), (2, 2), (3, null)`);
  const built = await engine.build();
  expect([built.exit, endings(built)]).toEqual([
    0,
    {
      listed: ["pass", 0, "scan", 3],
      not_null_teams_id: ["pass", 0, "guaranteed by not null of id", 0],
      team_known: ["pass", 0, "guaranteed by constraint games_team_fkey", 0],
      unique_games_id: ["pass", 0, "guaranteed by constraint games_id_key", 0],
      unique_seen_id: ["pass", 0, "hashes", 2],
      unique_teams_id: ["pass", 0, "guaranteed by constraint teams_id_key", 0],
    },
  ]);
  const constraints = await query(
    "select conname from pg_constraint where connamespace = 'shop'::regnamespace and contype in ('u', 'f') order by 1",
  );
  expect(constraints.map((c) => c["conname"])).toEqual(["games_id_key", "games_team_fkey", "teams_id_key"]);
  await query("insert into raw.games values (3, 9)");
  const failed = await engine.build();
  expect([failed.exit, endings(failed)]).toEqual([
    1,
    expect.objectContaining({
      team_known: ["fail", 1, "constraint (foreign key)", null],
      unique_games_id: ["fail", 1, "constraint (unique)", null],
    }),
  ]);
  const samples = failed.events.flatMap((e) =>
    e.kind === "test_finished" && e.sample ? [[e.name, e.sample.rows]] : [],
  );
  expect(Object.fromEntries(samples)).toEqual({ team_known: [["3", "9"]], unique_games_id: [["3", "2"]] });
  expect(await query("select count(*)::int as n from shop.games")).toEqual([{ n: 3 }]);
});

test("galley test asks nothing of a server that cannot write, and misses nothing", async () => {
  await using engine = await withEngine({
    "models/orders.sql": "select * from (values (1, 10), (2, null)) as v (id, customer)",
    "models/no_orders.test.sql": '{{config severity="warn"}}\nselect * from {{ref "orders"}}',
    "models/shop.yml": `models:
  - name: orders
    config: { unique_key: id }
    columns:
      - { name: id, data_tests: [unique, not_null] }
      - { name: customer, data_tests: [{ not_null: { config: { severity: warn } } }] }
`,
  });
  expect((await engine.build()).exit).toBe(0);
  await engine.database.query("update shop.orders set id = null where id = 2");
  const { name } = engine.database;
  await engine.database.query(`alter database ${name} set default_transaction_read_only = on`);
  const told = await engine.test();
  expect([told.exit, told.complaints]).toEqual([1, []]);
  expect(endings(told)).toEqual({
    no_orders: ["warn", 2, "query", null],
    not_null_orders_customer: ["warn", 1, "scan shared by 3 tests", 2],
    not_null_orders_id: ["fail", 1, "scan shared by 3 tests", 2],
    unique_orders_id: ["pass", 0, "scan shared by 3 tests", 2],
  });
  expect((await engine.test({ against: "workspace" })).complaints).toEqual([]);
});

test("a test is stopped by a limit of its own, and takes no other with it", async () => {
  await using engine = await withEngine(
    {
      "models/orders.sql": "select 1 as id",
      "models/shop.yml": `models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - not_null: { name: unhurried, where: "id > 0" }
          - not_null: { name: endless, where: "pg_sleep(600) is not null", statement_timeout: 20ms, severity: warn }
          - unique: { name: key, error_if: "> 0" }
`,
    },
    { project: "data_tests: { +statement_timeout: 10min }" },
  );
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    3,
    ["execute/test-error: endless: canceling statement due to statement timeout (SQLSTATE 57014)"],
  ]);
  expect(endings(told)).toEqual({
    endless: ["error", 0, "scan", null],
    key: ["pass", 0, "scan shared by 2 tests", 1],
    unhurried: ["pass", 0, "scan shared by 2 tests", 1],
  });
});
