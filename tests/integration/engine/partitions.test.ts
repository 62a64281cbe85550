import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { showDiagnostic } from "../../../src/domain/show-diagnostic.ts";
import type { TestDatabase } from "../../support/database.ts";
import { type Engine, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const SALES = `select i as id, (date '2024-01-15' + i * 20) as day, i * 7 - 10 as n, (array['de', 'FR', null])[i % 3 + 1] as code
from generate_series(0, 5) as i
`;

const sales = (partitionBy: string, more = "", query = SALES) => ({
  "models/sales.sql": query,
  "models/sales.yml": `models:
  - name: sales
    config:
      partition_by: ${partitionBy}
${more}`,
});

/** A model m with its rows, how it is cut, and what comes of it; of times the names are enough. */
const MADE: readonly {
  readonly what: string;
  readonly partitionBy: string;
  readonly query: string;
  readonly partitions: readonly string[];
}[] = [
  ...(
    [
      ["a day", "day", "date", ["m_p2024_01_31", "m_p2024_02_29"]],
      ["a month", "month", "timestamp", ["m_p2024_01", "m_p2024_02"]],
      ["a month of instants", "month", "timestamptz", ["m_p2024_01", "m_p2024_02"]],
      ["a quarter", "quarter", "date", ["m_p2024_q1"]],
      ["a year", "year", "date", ["m_p2024"]],
    ] as const
  ).map(([what, granularity, type, partitions]) => ({
    what,
    partitionBy: `{ columns: day, granularity: ${granularity} }`,
    query: `select d::${type} as day from unnest(array['2024-01-31 23:30+00', '2024-02-29 23:30+00']) as d`,
    partitions,
  })),
  {
    what: "a stretch of numbers, and a default one for NULL alone",
    partitionBy: "{ columns: [n], interval: 10 }",
    query: "select n from unnest(array[-1, 0, 9, 10, null]) as n",
    partitions: [
      "m_default DEFAULT: 1",
      "m_p0 FOR VALUES FROM (0) TO (10): 2",
      "m_p10 FOR VALUES FROM (10) TO (20): 1",
      "m_pm10 FOR VALUES FROM ('-10') TO (0): 1",
    ],
  },
  {
    what: "each value, whatever stands in it",
    partitionBy: "{ type: list, columns: c }",
    query: "select c, 1 as id from unnest(array['a b', 'A-b', 'it''s', null, 'a b']) as c",
    partitions: [
      "m_p_a_b FOR VALUES IN ('A-b'): 1",
      "m_p_a_b_2 FOR VALUES IN ('a b'): 2",
      "m_p_it_s FOR VALUES IN ('it''s'): 1",
      "m_p_null FOR VALUES IN (NULL): 1",
    ],
  },
  {
    what: "the same in a table beside it",
    partitionBy: "{ type: list, columns: c }",
    query: "select c from unnest(array['x', 'y']) as c",
    partitions: ["m_p_x FOR VALUES IN ('x'): 1", "m_p_y FOR VALUES IN ('y'): 1"],
  },
  {
    what: "none for no rows",
    partitionBy: "{ columns: n, interval: 1 }",
    query: "select 1 as n where false",
    partitions: [],
  },
];

const boundsOf = async ({ query }: TestDatabase, relation = "shop.sales") => {
  const rows = await query(
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound, (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || c.oid::regclass, false, true, '')))[1]::text::int as rows
     from pg_partition_tree('${relation}') t join pg_class c on c.oid = t.relid where t.level > 0 order by 1`,
  );
  return rows.map((row) => `${row["name"]} ${row["bound"]}: ${row["rows"]}`);
};

const builtWell = async (engine: Engine): Promise<void> =>
  expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });

forEachServer((server) => {
  test("partitions are made as the data need them", async () => {
    const models = MADE.map(({ partitionBy }, i) => `  - { name: m${i}, config: { partition_by: ${partitionBy} } }\n`);
    const bodies = Object.fromEntries(MADE.map(({ query }, i) => [`models/m${i}.sql`, `${query}\n`]));
    await using engine = await withEngine({ ...bodies, "models/all.yml": `models:\n${models.join("")}` }, { server });
    const { database } = engine;
    await database.query(`alter role current_user in database ${database.name} set timezone to 'Asia/Tokyo'`);
    await builtWell(engine);
    for (const [i, { what, partitions }] of MADE.entries()) {
      const bounds = await boundsOf(database, `shop.m${i}`);
      // Where only names are expected, the bounds are what the granularity says.
      const seen = partitions.some((line) => line.includes(" ")) ? bounds : bounds.map((b) => b.replace(/ .*/, ""));
      const expected = partitions.map((line) => line.replace("m_", `m${i}_`));
      expect.soft([what, seen.toSorted()]).toEqual([what, expected.toSorted()]);
    }
    expect(await database.query("select count(*)::int as n from shop.m8")).toEqual([{ n: 0 }]);
  });

  test("a hash, an expression and a list of its own", async () => {
    await using engine = await withEngine(
      {
        "models/sales.sql": SALES,
        "models/by_text.sql": 'select lower(code) as code, day from {{ref "sales"}}\n',
        "models/by_hand.sql": 'select * from {{ref "sales"}}\n',
        "models/all.yml": `models:
  - name: sales
    config: { partition_by: { type: hash, columns: [id, n], modulus: 3 } }
  - name: by_text
    config: { partition_by: { expression: extract(month from day), interval: 3 } }
  - name: by_hand
    config:
      partition_by:
        columns: day
        partitions:
          - { name: by_hand_past, from: minvalue, to: 2024-03-01 }
          - { name: by_hand_rest, default: true }
`,
      },
      { server },
    );
    await builtWell(engine);
    expect((await boundsOf(engine.database)).map((line) => line.replace(/: \d+$/, ""))).toEqual(
      [0, 1, 2].map((i) => `sales_p${i} FOR VALUES WITH (modulus 3, remainder ${i})`),
    );
    expect((await boundsOf(engine.database, "shop.by_text")).map((line) => line.replace(/ .*/, ""))).toEqual([
      "by_text_p0",
      "by_text_p3",
    ]);
    expect(await boundsOf(engine.database, "shop.by_hand")).toEqual([
      "by_hand_past FOR VALUES FROM (MINVALUE) TO ('2024-03-01'): 3",
      "by_hand_rest DEFAULT: 3",
    ]);
  });

  test("the whole tree is published, replaced by others, and leaves nothing behind", async () => {
    const storage =
      "      unlogged: true\n      storage_parameters: { fillfactor: 70 }\n      indexes: [{ columns: [day, id], unique: true }, { columns: [n] }]\n    description: Sales.\n";
    await using engine = await withEngine(sales("{ columns: day, granularity: month }", storage), { server });
    const kinds = async () => engine.relations();
    await builtWell(engine);
    const months = ["sales_p2024_01", "sales_p2024_02", "sales_p2024_03", "sales_p2024_04"];
    const partitioned = ["shop.sales", ...months.map((name) => `shop.${name}`)];
    expect(await kinds()).toEqual(partitioned);
    expect(
      await engine.database.query(
        "select distinct relpersistence as p, reloptions as o from pg_class where relname like 'sales_p2024___' and relkind = 'r'",
      ),
    ).toEqual([{ p: "u", o: ["fillfactor=70"] }]);
    expect(
      await engine.database.query("select count(*)::int as n from pg_stats where schemaname = 'shop' and inherited"),
    ).toEqual([{ n: 4 }]);
    await builtWell(engine);
    expect(await kinds()).toEqual(partitioned);
    await engine.project.write({ "models/sales.yml": "" });
    await builtWell(engine);
    expect(await kinds()).toEqual(["shop.sales"]);
    await engine.project.write({
      "models/sales.yml": sales("{ columns: day, granularity: month }", storage)["models/sales.yml"],
    });
    await builtWell(engine);
    await engine.project.write({ "models/sales.yml": "models: [{ name: sales, config: { materialized: view } }]\n" });
    await builtWell(engine);
    expect(await kinds()).toEqual(["shop.sales"]);
    expect(await engine.database.query("select name from galley.relations where kind = 'partition'")).toEqual([]);
  });

  test("partitions keep owner and grants, and their comments", async () => {
    await using engine = await withEngine(sales("{ columns: day, granularity: month }"), { server });
    await builtWell(engine);
    const { database } = engine;
    const ana = `galley_ana_${randomBytes(4).toString("hex")}`;
    await database.queryAsSuperuser(`create role ${ana}`);
    try {
      await database.queryAsSuperuser(`grant create, usage on schema shop to ${ana}; grant ${ana} to ${database.owner};
        alter table shop.sales owner to ${ana}; alter table shop.sales_p2024_01 owner to ${ana};
        grant select on shop.sales_p2024_01 to public; comment on table shop.sales_p2024_01 is 'old'`);
      await builtWell(engine);
      const rows = await database.query(
        `select c.relname as name, c.relowner::regrole::text = '${ana}' as anas, has_table_privilege('public', c.oid, 'select') as seen, obj_description(c.oid) as said
         from pg_class c where c.relnamespace = 'shop'::regnamespace and c.relkind in ('r', 'p') order by 1 limit 3`,
      );
      expect(rows).toEqual([
        { name: "sales", anas: true, seen: false, said: null },
        { name: "sales_p2024_01", anas: true, seen: true, said: "old" },
        { name: "sales_p2024_02", anas: false, seen: false, said: null },
      ]);
    } finally {
      await database.queryAsSuperuser(`drop owned by ${ana} cascade; drop role ${ana}`);
    }
  });

  test("a partition attached by hand, and what hangs on one of ours, are refused by name", async () => {
    await using engine = await withEngine(sales("{ columns: day, granularity: month }"), { server });
    await builtWell(engine);
    await engine.database.query(`
      create schema other; create view other.v as select * from shop.sales_p2024_02;
      create table shop.mine (like shop.sales); alter table shop.sales attach partition shop.mine for values from ('2030-01-01') to ('2031-01-01')`);
    const told = await engine.build();
    expect(told.exit).toBe(6);
    expect([...told.complaints].sort()).toEqual([
      "plan/dependent-in-the-way: object view other.v, on a partition, hangs on shop.sales, which this run would replace",
      "plan/dependent-in-the-way: partition shop.mine hangs on shop.sales, which this run would replace",
    ]);
    await engine.database.query("drop view other.v; alter table shop.sales detach partition shop.mine");
    await builtWell(engine);
    expect((await engine.relations()).includes("shop.mine")).toBe(true);
  });

  test("keys: primary ones, foreign ones in both directions, and one that leaves the run", async () => {
    await using engine = await withEngine(
      {
        "models/sales.sql": SALES,
        "models/lines.sql": 'select id as sale, day from {{ref "sales"}}\n',
        "models/all.yml": `models:
  - name: sales
    config: { partition_by: { columns: day, granularity: month } }
    constraints:
      - { type: primary_key, columns: [id, day] }
      - { type: check, expression: n > -100 }
      - { type: foreign_key, columns: [id], to: "source('raw', 'ids')", to_columns: [id] }
  - name: lines
    constraints: [{ type: foreign_key, columns: [sale, day], to: ref('sales'), to_columns: [id, day] }]
sources: [{ name: raw, tables: [{ name: ids }] }]
`,
      },
      { server },
    );
    await engine.database.query(
      "create schema raw; create table raw.ids as select id from generate_series(0, 4) as id; alter table raw.ids add primary key (id)",
    );
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([1, []]);
    expect([...told.result.tests.values()].map((t) => [t.name, t.failures])).toEqual([["sales_id_fkey", 1]]);
    await engine.database.query("insert into raw.ids values (5)");
    await builtWell(engine);
    await builtWell(engine);
    expect(
      await engine.database.query(
        "select conname from pg_constraint where connamespace = 'shop'::regnamespace and conparentid = 0 and contype in ('p', 'f', 'c') and conrelid in ('shop.sales'::regclass, 'shop.lines'::regclass) order by 1",
      ),
    ).toEqual(["lines_sale_day_fkey", "sales_check", "sales_id_fkey", "sales_pkey"].map((conname) => ({ conname })));
  });
});

test("what the rows do not fit is said at partition_by, and leaves nothing behind", async () => {
  await using engine = await withEngine(sales("{ columns: n, granularity: month }"));
  const said = async () => {
    const told = await engine.build();
    return told.diagnostics.map((d) => showDiagnostic(d)).join("\n");
  };
  expect(await said()).toMatchInlineSnapshot(`
    "models/sales.yml:4:7  error  execute/bad-partition
      4 |       partition_by: { columns: n, granularity: month }
        |       ~~~~~~~~~~~~ model.shop.sales: \`granularity\` goes by days or times, and the key is integer
      help: for numbers it is \`interval: 10\`"
  `);
  await engine.project.write({ "models/sales.yml": sales("{ columns: code, interval: 5 }")["models/sales.yml"] });
  expect(await said()).toMatchInlineSnapshot(`
    "models/sales.yml:4:7  error  execute/bad-partition
      4 |       partition_by: { columns: code, interval: 5 }
        |       ~~~~~~~~~~~~ model.shop.sales: \`interval\` goes by numbers, and the key is text
      help: for days and times it is \`granularity: month\`"
  `);
  await engine.project.write({ "models/sales.yml": sales("{ columns: nobody, interval: 5 }")["models/sales.yml"] });
  expect(await said()).toMatchInlineSnapshot(`
    "models/sales.yml:4:32  error  execute/sql-error
      4 |       partition_by: { columns: nobody, interval: 5 }
        |                                ~~~~~~ model.shop.sales: column "nobody" does not exist (SQLSTATE 42703)"
  `);
  await engine.project.write({ "models/sales.yml": sales("{ columns: id, interval: 1 }")["models/sales.yml"] });
  await engine.project.write({ "models/sales.sql": "select i as id from generate_series(1, 1001) as i\n" });
  expect(await said()).toMatchInlineSnapshot(`
    "models/sales.yml:4:7  error  execute/bad-partition
      4 |       partition_by: { columns: id, interval: 1 }
        |       ~~~~~~~~~~~~ model.shop.sales: its rows need 1001 partitions, and 1000 is the most
      help: cut it coarser: a longer granularity, a larger interval; or by hash"
  `);
  expect(await engine.relations()).toEqual([]);
});
