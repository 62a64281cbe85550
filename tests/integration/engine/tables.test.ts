import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const config = (text: string) => ({
  "models/a.sql": "select i as id, 'x' || i as code, null::text as note from generate_series(1, 3) as i\n",
  "models/a.yml": `models:\n  - name: a\n    config: ${text}\n`,
});

forEachServer((server) => {
  test("a table keeps its rows as it is told", async () => {
    const files = config(
      "{ unlogged: true, storage_parameters: { fillfactor: 80, autovacuum_enabled: false, toast.autovacuum_enabled: true } }",
    );
    await using engine = await withEngine(files, { server });
    expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
    const facts = "select relpersistence, reloptions from pg_class where oid = 'shop.a'::regclass";
    expect(await engine.database.query(facts)).toEqual([
      { relpersistence: "u", reloptions: ["fillfactor=80", "autovacuum_enabled=false"] },
    ]);
  });

  test("indexes have storage parameters and collations", async () => {
    const index = "{ columns: [{ column: code, collation: C, order: desc }], storage_parameters: { fillfactor: 70 } }";
    await using engine = await withEngine(config(`{ indexes: [${index}] }`), { server });
    expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
    expect(await engine.database.query("select indexdef from pg_indexes where schemaname = 'shop'")).toEqual([
      { indexdef: `CREATE INDEX a_code_idx ON shop.a USING btree (code COLLATE "C" DESC) WITH (fillfactor='70')` },
    ]);
  });

  test("two NULLs are one key where an index says so, from version 15 on", async () => {
    const files = config("{ indexes: [{ columns: [note], unique: true, nulls_not_distinct: true }] }");
    await using engine = await withEngine(files, { server });
    const told = await engine.build();
    if (server === "lowest") {
      expect(told.exit).toBe(2);
      expect(told.complaints).toEqual([
        "plan/server-too-old: index `a_note_idx` wants nulls_not_distinct, which is PostgreSQL's from 15 on",
      ]);
    } else {
      expect(told.exit).toBe(1);
      expect([...told.result.tests.values()]).toMatchObject([{ name: "a_note_idx", failures: 1 }]);
    }
  });
});

test("a materialized view has storage parameters too", async () => {
  await using engine = await withEngine(
    config("{ materialized: materialized_view, storage_parameters: { fillfactor: 80 } }"),
  );
  expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
  expect(await engine.database.query("select reloptions from pg_class where oid = 'shop.a'::regclass")).toEqual([
    { reloptions: ["fillfactor=80"] },
  ]);
});
