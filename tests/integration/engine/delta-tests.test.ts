/** Which rows the data tests of an incremental model judge: only the new ones, where the others are known to hold. */
import { describe, expect, test } from "vitest";
import { type Engine, photographOf, type Told, withEngine } from "../../support/engine.ts";
import { forEachServer, type ServerName } from "../../support/servers.ts";

const model = (tests: string, config = "unique_key: id", where = ""): Readonly<Record<string, string>> => ({
  "models/events.sql": `select id, note, price from raw.events${where}
{{#if is_incremental}} where batch = (select max(batch) from raw.events) {{/if}}
`,
  "models/events.yml": `models:
  - name: events
    config: { materialized: incremental, ${config} }
    columns: [{ name: note, data_tests: [${tests}] }]
`,
});

const NOT_NULL = "{ not_null: { name: known } }";

const withEvents = async (server: ServerName, files: Readonly<Record<string, string>>): Promise<Engine> => {
  const engine = await withEngine(files, { server });
  await engine.database.query(
    "create schema raw; create table raw.events (batch int, id int, note text, price numeric default 1, since timestamptz default now() - interval '1 day')",
  );
  await engine.database.query("insert into raw.events values (1, 1, 'one'), (1, 2, 'two'), (1, 3, 'three')");
  return engine;
};

/** Of each test how it ended, what decided it and over how many rows. */
const judged = ({ events }: Told): readonly unknown[] =>
  events
    .flatMap((e) => (e.kind === "test_finished" ? [[e.name, e.status, e.decidedBy, e.rows]] : []))
    .sort((a, b) => String(a[0]).localeCompare(String(b[0])));

const NEW = "scan of the new rows";

const addBatch = ({ database }: Engine, batch: number, rows: string): Promise<unknown> =>
  database.query(`insert into raw.events select ${batch}, * from (values ${rows}) as v`);

forEachServer((server) => {
  test("a row-level test that all rows have passed is asked of the new ones only, run after run", async () => {
    await using engine = await withEvents(
      server,
      model(`${NOT_NULL}, { accepted_values: { name: listed, values: [one, two, three, four], where: "id < 100" } }`),
    );
    expect(judged(await engine.build())).toEqual([
      ["known", "pass", "scan shared by 2 tests", 3],
      ["listed", "pass", "scan shared by 2 tests", 3],
    ]);
    for (const batch of [2, 3]) {
      await addBatch(engine, batch, `(${batch}, 'four'), (100, 'many')`);
      const { value } = await engine.plan();
      const [task] = [...(value?.tasks.values() ?? [])].flatMap((t) => (t.kind === "build" ? [t] : []));
      expect(task?.tests.map((t) => t.judges)).toEqual(["new rows", "new rows"]);
      expect(judged(await engine.build())).toEqual([
        ["known", "pass", `${NEW} shared by 2 tests`, 2],
        ["listed", "pass", `${NEW} shared by 2 tests`, 1],
      ]);
    }
  });

  test("a new row that fails is shown, and all rows are judged again after a run that left the test out", async () => {
    await using engine = await withEvents(server, model(NOT_NULL));
    await engine.build();
    const before = await photographOf(engine.database, ["shop"]);
    await addBatch(engine, 2, "(4, null)");
    const told = await engine.build();
    expect([told.exit, judged(told)]).toEqual([1, [["known", "fail", NEW, 1]]]);
    expect(await photographOf(engine.database, ["shop"])).toEqual(before);
    expect((await engine.build({ exclude: ["known"] })).exit).toBe(0);
    await addBatch(engine, 3, "(5, 'five')");
    expect(judged(await engine.build())).toEqual([["known", "fail", "scan", 5]]);
  });

  describe("all rows are judged", () => {
    test.each([
      ["where the test changed", model("{ not_null: { name: known, where: 'id > 1' } }"), 3],
      ["where its severity changed", model("{ not_null: { name: known, severity: warn } }"), 4],
      ["where the model changed", model(NOT_NULL, "unique_key: id", " as changed"), 4],
      ["with test_scope: whole", model("{ not_null: { name: known, test_scope: whole } }"), 4],
      ["where a threshold lets some fail", model("{ not_null: { name: known, error_if: '> 5', warn_if: '> 5' } }"), 4],
      ["where columns may change their type", model(NOT_NULL, "unique_key: id, on_schema_change: sync_all_columns"), 4],
    ])("%s", async (_why, changed, rows) => {
      await using engine = await withEvents(server, model(NOT_NULL));
      await engine.build();
      await engine.project.write(changed);
      await addBatch(engine, 2, "(4, 'four')");
      expect(judged(await engine.build())).toEqual([["known", "pass", "scan", rows]]);
    });

    test("where what it says of a row is another thing tomorrow, or of more than the row", async () => {
      const tests = [
        "{ not_null: { name: by_clock, where: 'now() > make_timestamptz(2020, 1, 1, 0, 0, 0)' } }",
        "{ not_null: { name: by_others, where: 'id <= (select max(e.id) from raw.events as e)' } }",
        "{ not_null: { name: by_row, where: 'length(note) < 100 -- short' } }",
      ];
      await using engine = await withEvents(server, model(tests.join(", ")));
      await engine.build();
      await addBatch(engine, 2, "(4, 'four')");
      expect(judged(await engine.build())).toEqual([
        ["by_clock", "pass", "scan shared by 2 tests", 4],
        ["by_others", "pass", "scan shared by 2 tests", 4],
        ["by_row", "pass", NEW, 1],
      ]);
    });

    test("where a hook may have changed them", async () => {
      await using engine = await withEvents(server, model(NOT_NULL, 'unique_key: id, post_hook: "select 1"'));
      await engine.build();
      await addBatch(engine, 2, "(4, 'four')");
      expect(judged(await engine.build())).toEqual([["known", "pass", "scan", 4]]);
    });
  });
});
