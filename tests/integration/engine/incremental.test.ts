/** Incremental models: what each strategy makes of live, what readers and downstream nodes see, and what is refused. */
import { describe, expect, test } from "vitest";
import { type Engine, withEngine } from "../../support/engine.ts";

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

const withEvents = async (
  files: Readonly<Record<string, string>>,
  server: "newest" | "lowest" = "newest",
): Promise<Engine> => {
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

  test("merge does as upsert, and updates only the columns that it is told", async () => {
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
