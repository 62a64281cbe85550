import { expect, test } from "vitest";
import { showDiagnostic } from "../../../src/domain/show-diagnostic.ts";
import { withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const model = (columns: string, config = "") => `models:
  - name: a
    config: { contract: { enforced: true }${config} }
    columns:
${columns}
`;

const column = (name: string, type: string, more = "") => `      - { name: ${name}, data_type: "${type}"${more} }`;

forEachServer((server) => {
  test("types of a source are compared as the server writes them, and what reads like no type is told with the others", async () => {
    await using engine = await withEngine(
      {
        "models/a.sql": 'select 1 as one from {{source "raw" "t"}}',
        "models/raw.yml": `sources:
  - name: raw
    config: { contract: { enforced: false } }
    tables:
      - name: t
        columns:
${[
  column("same", "decimal(10, 2)"),
  column("any", "varchar"),
  column("other", "timestamp"),
  column("unknown", "number(38)"),
  column("unreadable", "a b c"),
  column("Gone", "int"),
]
  .join("\n")
  .replaceAll(/^/gm, "    ")}
`,
      },
      { server },
    );
    await engine.database.query(
      'create schema raw; create table raw.t (same numeric(10,2), "any" varchar(3), other timestamptz, unknown int, unreadable int)',
    );
    const told = await engine.build();
    expect([told.exit, ...told.complaints.map((c) => c.split("\n").filter((line) => !/─/.test(line)))]).toEqual([
      0,
      ["plan/source-column-missing: raw.t has no column `Gone`"],
      [
        "plan/source-type-differs: raw.t has other types than declared",
        "column  declared   found",
        "other   timestamp  timestamp with time zone",
      ],
      [
        "plan/source-type-differs: raw.t is declared with types that this server does not know",
        "column      declared    found",
        "unknown     number(38)  integer",
        "unreadable  a b c       integer",
      ],
    ]);
  });

  test.each(["table", "view", "materialized_view"])(
    "a %s has the columns of its contract, in its order",
    async (kind) => {
      const columns = [
        column("id", "int8"),
        column("price", "decimal(10, 2)"),
        column("name", "varchar"),
        column("tags", "text[]"),
        column("at", "timestamp(3) with time zone"),
        column("day", "shop_types.day"),
      ];
      const files = {
        "models/a.sql": `select array['x'] as tags, 'n'::varchar(20) as name, 1::bigint as id, 2.5::numeric(10, 2) as price,
  timestamptz '2024-01-01 00:00+00'::timestamptz(3) as at, date '2024-01-01'::shop_types.day as day\n`,
        "models/a.yml": model(columns.join("\n"), `, materialized: ${kind}`),
      };
      await using engine = await withEngine(files, { server });
      await engine.database.query(
        "create schema shop_types; create domain shop_types.day as date check (value > '2000-01-01')",
      );
      expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
      const rows = await engine.database.query(
        "select attname || ' ' || format_type(atttypid, atttypmod) as c from pg_attribute where attrelid = 'shop.a'::regclass and attnum > 0 order by attnum",
      );
      expect(rows.map((row) => row["c"])).toEqual([
        "id bigint",
        "price numeric(10,2)",
        "name character varying",
        "tags text[]",
        "at timestamp(3) with time zone",
        "day shop_types.day",
      ]);
    },
  );

  test("what differs is one table of differences, and nothing was built", async () => {
    const columns = [
      column("id", "bigint"),
      column("price", "numeric(10, 2)"),
      column("gone", "text"),
      column("day", "date"),
    ];
    const files = {
      "models/a.sql":
        "select 1 as id, 2.5::numeric(12, 4) as price, date '2024-01-01'::shop_types.day as day, true as more\n",
      "models/other.sql": "select 1 as id\n",
      "models/a.yml": model(columns.join("\n")),
    };
    await using engine = await withEngine(files, { server });
    await engine.database.query("create schema shop_types; create domain shop_types.day as date");
    const told = await engine.build();
    expect(told.exit).toBe(2);
    expect([...told.result.nodes.values()].map((n) => [n.relation, n.status])).toEqual([
      ["shop.a", "skipped"],
      ["shop.other", "skipped"],
    ]);
    expect(told.diagnostics.map((d) => showDiagnostic(d)).join("\n")).toMatchInlineSnapshot(`
      "models/a.yml:5:33  error  execute/contract-broken
        5 |       - { name: id, data_type: "bigint" }
          |                                 ~~~~~~
        model.shop.a does not keep its contract
        column  declared                 found
        ──────  ───────────────────────  ────────────────────
        id      bigint                   integer
        price   numeric(10,2)            numeric(12,4)
        gone    text                     – (not in the query)
        day     date                     shop_types.day
        more    – (not in the contract)  boolean
        help: change the query (a cast, an alias), or what the contract says"
    `);
    expect(await engine.relations()).toEqual([]);
  });
});

test("a model below others is held to its contract before anything is built, through seeds, views and what is inlined", async () => {
  await using engine = await withEngine({
    "seeds/codes.csv": "id,price\n1,2.5\n",
    "models/up.sql": '{{config materialized="view"}}\nselect id, price from {{ref "codes"}}\n',
    "models/e.sql": '{{config materialized="ephemeral"}}\nselect * from {{ref "up"}}\n',
    "models/a.sql": 'select id, price, 1 / (id - 1) as n from {{ref "e"}}\n',
    "models/a.yml": model([column("id", "bigint"), column("price", "int"), column("gone", "int")].join("\n")),
  });
  const told = await engine.build();
  expect(told.exit).toBe(2);
  expect((await engine.plan()).complaints).toEqual(told.complaints);
  expect(told.complaints).toEqual([
    "execute/contract-broken: model.shop.a does not keep its contract\n" +
      "column  declared                 found\n" +
      "──────  ───────────────────────  ────────────────────\n" +
      "price   integer                  numeric\n" +
      "gone    integer                  – (not in the query)\n" +
      "n       – (not in the contract)  bigint",
  ]);
  expect([...told.result.nodes.values()]).toEqual([]);
  expect(await engine.relations()).toEqual([]);
});

test("one that only a hook makes possible is held to its contract before its own rows", async () => {
  await using engine = await withEngine({
    "models/up.sql": "select id from pg_temp.made\n",
    "models/up.yml": "models: [{ name: up, config: { pre_hook: 'create temp table made as select 1 as id' } }]\n",
    "models/a.sql": 'select id, 1 / (id - 1) as n from {{ref "up"}}\n',
    "models/a.yml": model([column("id", "text"), column("n", "int")].join("\n")),
  });
  const told = await engine.build();
  expect(told.exit).toBe(2);
  expect([...told.result.nodes.values()].map((n) => [n.relation, n.status])).toEqual([
    ["shop.up", "success"],
    ["shop.a", "error"],
  ]);
  expect(told.complaints.at(-1)).toContain("execute/contract-broken: model.shop.a does not keep its contract");
});

test("a type that nobody knows is shown where it is written", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/a.yml": model(column("id", "integr")),
  });
  const told = await engine.build();
  expect(told.exit).toBe(3);
  expect(told.diagnostics.map((d) => showDiagnostic(d)).join("\n")).toMatchInlineSnapshot(`
    "models/a.yml:5:33  error  execute/sql-error
      5 |       - { name: id, data_type: "integr" }
        |                                 ~~~~~~ model.shop.a: type "integr" does not exist (SQLSTATE 42704)"
  `);
});

test("nullability of a contract is a constraint", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select null::int as id\n",
    "models/a.yml": model(column("id", "int", ", constraints: [{ type: not_null }]")),
  });
  const told = await engine.build();
  expect(told.exit).toBe(1);
  expect([...told.result.tests.values()].map((t) => [t.name, t.failures])).toEqual([["a_id_not_null", 1]]);
});
