/** Incremental models: what each strategy makes of live, what readers and downstream nodes see, and what is refused. */
import { describe, expect, test } from "vitest";
import { type Engine, openClient, photographOf, withEngine } from "../../support/engine.ts";
import { forEachServer, type ServerName } from "../../support/servers.ts";

const SOURCES = `
sources:
  - name: raw
    schema: raw
    tables: [{ name: events }]
`;

const model = (config: string, more = ""): Readonly<Record<string, string>> => ({
  "models/raw.yml": SOURCES,
  "models/events.sql": `select id, day, note from {{source "raw" "events"}}
{{#if is_incremental}} where batch = (select max(batch) from {{source "raw" "events"}}) {{/if}}
`,
  "models/events.yml": `models:
  - name: events
    config: { materialized: incremental, ${config} }
${more}`,
});

const RAW = "create schema raw; create table raw.events (batch int, id int, day date, note text, extra int default 7)";

const eventsOn = async (server: ServerName, files: Readonly<Record<string, string>>): Promise<Engine> => {
  const engine = await withEngine(files, { server });
  await engine.database.query(RAW);
  await engine.database.query(
    "insert into raw.events values (1, 1, '2024-01-01', 'one'), (1, 2, '2024-01-01', 'two'), (1, 3, '2024-01-02', 'three')",
  );
  return engine;
};

const rows = async ({ database }: Engine, relation = "shop.events"): Promise<readonly string[]> =>
  (await database.query(`select t::text as row from ${relation} t order by 1`)).map((r) => String(r["row"]));

const oidOf = async ({ database }: Engine, relation = "shop.events"): Promise<unknown> =>
  (await database.query(`select '${relation}'::regclass::oid::text as oid`))[0]?.["oid"];

const built = async (engine: Engine, asked: Parameters<Engine["build"]>[0] = {}): Promise<void> => {
  const told = await engine.build(asked);
  expect([told.exit, told.complaints]).toEqual([0, []]);
};

const DOWNSTREAM = {
  "models/days.sql": '{{config materialized="view"}}\nselect day, count(*) as n from {{ref "events"}} group by day\n',
  "models/big_days.sql": '{{config materialized="view"}}\nselect * from {{ref "days"}} where n > 1\n',
  "models/totals.sql": '{{config materialized="materialized_view"}}\nselect sum(n) as n from {{ref "days"}}\n',
  "models/totals.yml": "models: [{ name: totals, description: All of it, config: { indexes: [{ columns: [n] }] } }]",
  "models/copy.sql": 'select id from {{ref "events"}}\n',
};

forEachServer((server) => {
  const withEvents = (files: Readonly<Record<string, string>>): Promise<Engine> => eventsOn(server, files);

  describe("the strategies", () => {
    test("append adds the new rows to those that stand", async () => {
      await using engine = await withEvents(model("incremental_strategy: append"));
      await built(engine);
      const oid = await oidOf(engine);
      await engine.database.query("insert into raw.events values (2, 3, '2024-01-03', 'again')");
      await built(engine);
      expect(await rows(engine)).toEqual([
        "(1,2024-01-01,one)",
        "(2,2024-01-01,two)",
        "(3,2024-01-02,three)",
        "(3,2024-01-03,again)",
      ]);
      expect(await oidOf(engine)).toBe(oid);
      expect(await engine.relations()).toEqual(["raw.events", "shop.events"]);
    });

    test("upsert replaces rows of the same key, leaves equal ones alone, and adds the rest", async () => {
      await using engine = await withEvents(model("unique_key: id"));
      await built(engine);
      const oid = await oidOf(engine);
      const before = await engine.database.query("select id, xmin::text from shop.events where id = 2");
      await engine.database.query(
        "insert into raw.events values (2, 2, '2024-01-01', 'two'), (2, 3, '2024-01-02', 'drei'), (2, 4, '2024-01-03', 'four')",
      );
      await built(engine);
      expect(await rows(engine)).toEqual([
        "(1,2024-01-01,one)",
        "(2,2024-01-01,two)",
        "(3,2024-01-02,drei)",
        "(4,2024-01-03,four)",
      ]);
      expect(await engine.database.query("select id, xmin::text from shop.events where id = 2")).toEqual(before);
      expect(await oidOf(engine)).toBe(oid);
    });

    test("delete_insert replaces all rows of a key, which may stand for many", async () => {
      await using engine = await withEvents(model("incremental_strategy: delete+insert, unique_key: day"));
      await built(engine);
      await engine.database.query(
        "insert into raw.events values (2, 9, '2024-01-01', 'nine'), (2, 8, '2024-01-01', 'eight')",
      );
      await built(engine);
      expect(await rows(engine)).toEqual(["(3,2024-01-02,three)", "(8,2024-01-01,eight)", "(9,2024-01-01,nine)"]);
    });

    test.skipIf(server === "lowest")("merge does as upsert, and updates only the columns that it is told", async () => {
      await using engine = await withEvents(
        model("incremental_strategy: merge, unique_key: [id], merge_update_columns: [note]"),
      );
      await built(engine);
      await engine.database.query(
        "insert into raw.events values (2, 3, '2030-01-01', 'drei'), (2, 4, '2024-01-03', 'four')",
      );
      await built(engine);
      expect(await rows(engine)).toEqual([
        "(1,2024-01-01,one)",
        "(2,2024-01-01,two)",
        "(3,2024-01-02,drei)",
        "(4,2024-01-03,four)",
      ]);
    });

    test.skipIf(server === "newest")("merge is refused before anything is built", async () => {
      await using engine = await withEvents(model("incremental_strategy: merge, unique_key: id"));
      const told = await engine.build();
      expect([told.exit, told.complaints]).toEqual([2, [expect.stringContaining("plan/strategy-refused: events")]]);
      expect(await engine.relations()).toEqual(["raw.events"]);
    });

    test("--full-refresh builds whole, unless the config forbids it", async () => {
      await using engine = await withEvents(model("unique_key: id"));
      await built(engine);
      const oid = await oidOf(engine);
      await engine.database.query(
        "delete from raw.events where id = 1; insert into raw.events values (2, 4, '2024-01-03', 'four')",
      );
      await built(engine, { isFullRefresh: true });
      expect(await rows(engine)).toEqual(["(2,2024-01-01,two)", "(3,2024-01-02,three)", "(4,2024-01-03,four)"]);
      expect(await oidOf(engine)).not.toBe(oid);
      await engine.project.write(model("unique_key: id, full_refresh: false"));
      await engine.database.query("delete from raw.events where id = 2");
      await built(engine, { isFullRefresh: true });
      expect(await rows(engine)).toHaveLength(3);
    });
  });

  describe("incremental_predicates", () => {
    const copy = { "models/copy.sql": 'select * from {{ref "events"}}\n' };

    /** What the overlay showed to a model downstream is what publish made. */
    const agree = async (engine: Engine): Promise<readonly string[]> => {
      const live = await rows(engine);
      expect(await rows(engine, "shop.copy")).toEqual(live);
      return live;
    };

    test("delete_insert leaves rows alone that they do not hold for, also where they are NULL", async () => {
      const config =
        "incremental_strategy: delete_insert, unique_key: day, incremental_predicates: [\"DBT_INTERNAL_DEST.note <> 'two' -- stays\"]";
      await using engine = await withEvents({ ...model(config), ...copy });
      await engine.database.query("insert into raw.events values (1, 5, '2024-01-01', null)");
      await built(engine);
      await engine.database.query("insert into raw.events values (2, 9, '2024-01-01', 'nine')");
      await built(engine);
      expect(await agree(engine)).toEqual([
        "(2,2024-01-01,two)",
        "(3,2024-01-02,three)",
        "(5,2024-01-01,)",
        "(9,2024-01-01,nine)",
      ]);
    });

    test.skipIf(server === "lowest")("merge finds only the rows that they hold for, by both sides", async () => {
      const config =
        "incremental_strategy: merge, unique_key: id, merge_exclude_columns: [day], incremental_predicates: ['DBT_INTERNAL_DEST.day >= DBT_INTERNAL_SOURCE.day', 'DBT_INTERNAL_DEST.id > 0']";
      await using engine = await withEvents({ ...model(config), ...copy });
      await built(engine);
      await engine.database.query(
        "insert into raw.events values (2, 2, '2023-12-31', 'zwei'), (2, 3, '2024-01-02', 'three'), (2, 4, '2024-01-03', 'vier')",
      );
      await built(engine);
      expect(await agree(engine)).toEqual([
        "(1,2024-01-01,one)",
        "(2,2024-01-01,zwei)",
        "(3,2024-01-02,three)",
        "(4,2024-01-03,vier)",
      ]);
    });

    test.skipIf(server === "lowest")(
      "a row that they keep out of the merge meets its key on live, and fails",
      async () => {
        const config =
          "incremental_strategy: merge, unique_key: id, incremental_predicates: ['DBT_INTERNAL_DEST.day >= DBT_INTERNAL_SOURCE.day']";
        await using engine = await withEvents(model(config));
        await built(engine);
        const before = await photographOf(engine.database, ["shop"]);
        await engine.database.query(
          "insert into raw.events values (2, 2, '2025-01-01', 'zwei'), (2, 1, '2024-01-01', 'eins')",
        );
        const told = await engine.build();
        expect(told.exit).toBe(1);
        const failed = told.events.flatMap((e) =>
          e.kind === "test_finished" && e.status === "fail" ? [[e.name, e.failures]] : [],
        );
        expect(failed).toEqual([["events_id_key", 1]]);
        expect(await photographOf(engine.database, ["shop"])).toEqual(before);
      },
    );

    test.skipIf(server === "lowest")(
      "a column that could be of either side is told at its place, before publish",
      async () => {
        const config = "incremental_strategy: merge, unique_key: id, incremental_predicates: ['note is not null']";
        await using engine = await withEvents(model(config));
        await built(engine);
        const told = await engine.build();
        expect(told.exit).toBe(3);
        expect(told.diagnostics.map((d) => [d.message, d.at?.file.path])).toEqual([
          [expect.stringContaining('column reference "note" is ambiguous'), "models/events.yml"],
        ]);
      },
    );
  });

  describe("what stands on an incremental model", () => {
    test("sees the new rows while they are tested, and live when they are published", async () => {
      await using engine = await withEvents({ ...model("unique_key: id"), ...DOWNSTREAM });
      await built(engine);
      const oid = await oidOf(engine);
      await engine.database.query(
        "insert into raw.events values (2, 3, '2024-01-02', 'drei'), (2, 4, '2024-01-02', 'vier')",
      );
      await built(engine);
      expect(await oidOf(engine)).toBe(oid);
      expect(await rows(engine, "shop.big_days")).toEqual(["(2024-01-01,2)", "(2024-01-02,2)"]);
      expect(await rows(engine, "shop.totals")).toEqual(["(4)"]);
      expect(await rows(engine, "shop.copy")).toEqual(["(1)", "(2)", "(3)", "(4)"]);
      const [totals] = await engine.database.query(
        "select obj_description('shop.totals'::regclass) as comment, (select count(*)::int from pg_index where indrelid = 'shop.totals'::regclass) as indexes",
      );
      expect(totals).toEqual({ comment: "All of it", indexes: 1 });
      const [definition] = await engine.database.query("select pg_get_viewdef('shop.days'::regclass) as text");
      expect(definition?.["text"]).toContain("FROM shop.events");
      expect(await engine.relations()).not.toContain("shop__next.events");
    });

    test("a reader sees the rows of before until the commit, and none of a run that fails", async () => {
      const tests = "    columns: [{ name: note, data_tests: [not_null] }]\n";
      await using engine = await withEvents({ ...model("unique_key: id", tests), ...DOWNSTREAM });
      await built(engine);
      const before = await photographOf(engine.database, ["shop"]);
      await engine.database.query("insert into raw.events values (2, 3, '2024-01-02', null)");
      const told = await engine.build();
      expect(told.exit).toBe(1);
      expect(await photographOf(engine.database, ["shop"])).toEqual(before);
      await engine.database.query("update raw.events set note = 'drei' where note is null");
      await using reader = await openClient(engine.database.url);
      await reader.query("begin isolation level repeatable read; select count(*) from shop.events");
      const running = engine.build({ select: ["events"] });
      expect((await running).exit).toBe(0);
      expect(await reader.query("select note from shop.events where id = 3")).toEqual([{ note: "three" }]);
      await reader.query("commit");
      expect(await reader.query("select note from shop.events where id = 3")).toEqual([{ note: "drei" }]);
    });
  });

  describe("what is found before anything is published", () => {
    test("a key that stands twice among the new rows, or is NULL, is a failed data test", async () => {
      await using engine = await withEvents(model("unique_key: [id, day]"));
      await built(engine);
      const before = await photographOf(engine.database, ["shop"]);
      await engine.database.query(
        "insert into raw.events values (2, 3, '2024-01-02', 'a'), (2, 3, '2024-01-02', 'b'), (2, null, '2024-01-02', 'c')",
      );
      const told = await engine.build();
      expect(told.exit).toBe(1);
      const failed = told.events.flatMap((e) =>
        e.kind === "test_finished" && e.status === "fail" ? [[e.name, e.failures]] : [],
      );
      expect(failed.sort()).toEqual([
        ["events_id_day_key", 1],
        ["events_id_not_null", 1],
      ]);
      expect(await photographOf(engine.database, ["shop"])).toEqual(before);
    });

    test("that a key is unique is known from two indexes, and asked of no row", async () => {
      const tests = "    columns: [{ name: id, data_tests: [unique] }]\n";
      await using engine = await withEvents(model("unique_key: id", tests));
      await built(engine);
      const told = await engine.build();
      const by = told.events.flatMap((e) => (e.kind === "test_finished" ? [e.decidedBy] : []));
      expect(by).toEqual(["guaranteed by constraint events_id_key"]);
    });
  });

  describe("columns that change", () => {
    const changed = (config: string) => ({
      ...model(`unique_key: id, ${config}`),
      "models/events.sql": `select id, extra, note::varchar(20) as note from {{source "raw" "events"}}
{{#if is_incremental}} where batch = (select max(batch) from {{source "raw" "events"}}) {{/if}}
`,
    });
    const added =
      'select id, day, note, extra from {{source "raw" "events"}}{{#if is_incremental}} where batch = 2{{/if}}\n';

    test("fail, and a type that ignore cannot take", async () => {
      const files = model("unique_key: id, on_schema_change: fail");
      await using engine = await withEvents(files);
      await built(engine);
      await engine.project.write({ ...files, "models/events.sql": added });
      const told = await engine.build();
      expect([told.exit, told.complaints]).toEqual([2, [expect.stringContaining("execute/schema-changed")]]);
      await engine.project.write(changed("on_schema_change: append_new_columns"));
      expect((await engine.build()).complaints[0]).toMatch(/note\s+character varying\(20\)\s+text/);
    });

    test("sync_all_columns adds, drops and retypes, and what stands on it follows", async () => {
      await using engine = await withEvents({
        ...model("unique_key: id, on_schema_change: sync_all_columns"),
        "models/copy.sql": DOWNSTREAM["models/copy.sql"],
        "models/v.sql": '{{config materialized="view"}}\nselect id from {{ref "events"}}\n',
      });
      await built(engine);
      await engine.project.write(changed("on_schema_change: sync_all_columns"));
      await engine.database.query(
        "insert into raw.events values (2, 3, '2024-01-02', 'drei'), (2, 4, '2024-01-02', 'vier')",
      );
      await built(engine);
      expect(await rows(engine)).toEqual(["(1,one,)", "(2,two,)", "(3,drei,7)", "(4,vier,7)"]);
      expect(await rows(engine, "shop.v")).toHaveLength(4);
    });
  });

  test("keys to and from tables that are replaced in the same run hold for the new rows", async () => {
    const files = {
      ...model(
        "unique_key: id",
        "    constraints: [{ type: foreign_key, columns: [day], to: ref('dates'), to_columns: [day] }]\n",
      ),
      "models/dates.sql": 'select distinct day from {{source "raw" "events"}}\n',
      "models/dates.yml": "models: [{ name: dates, constraints: [{ type: primary_key, columns: [day] }] }]",
      "models/notes.sql": 'select id, note from {{ref "events"}}\n',
      "models/notes.yml":
        "models: [{ name: notes, constraints: [{ type: foreign_key, columns: [id], to: ref('events'), to_columns: [id] }] }]",
    };
    await using engine = await withEvents(files);
    await built(engine);
    const oid = await oidOf(engine);
    await engine.database.query("insert into raw.events values (2, 4, '2024-02-01', 'four')");
    await built(engine);
    expect(await oidOf(engine)).toBe(oid);
    expect(await rows(engine, "shop.notes")).toHaveLength(4);
    const keys = await engine.database.query(
      "select conname, confrelid::regclass::text as refers from pg_constraint where contype = 'f' and connamespace = 'shop'::regnamespace and convalidated order by 1",
    );
    expect(keys).toEqual([
      { conname: "events_day_fkey", refers: "shop.dates" },
      { conname: "notes_id_fkey", refers: "shop.events" },
    ]);
    await built(engine);
  });
});
