/** What hangs on views and materialized views that see an incremental model: it stays, and shows the new rows. */
import { expect, test } from "vitest";
import { type Engine, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const grant = "grant select on {{this}} to public";

const properties = (hooks: { readonly any: string; readonly total: string }) => `models:
  - name: events
    config: { materialized: incremental, unique_key: id, post_hook: [${hooks.any}] }
  - name: seen
    config: { materialized: view, post_hook: [${hooks.any}] }
  - name: whole
    config: { materialized: view }
  - name: total
    config: { materialized: materialized_view, indexes: [{ columns: [n], unique: true }], post_hook: [${hooks.total}] }
`;

const project = {
  "models/raw.yml": "sources: [{ name: raw, schema: raw, tables: [{ name: events }] }]\n",
  "models/events.sql": `select id, note from {{source "raw" "events"}}
{{#if is_incremental}} where id > (select max(id) from {{this}}) {{/if}}
`,
  "models/seen.sql": `select id, note::varchar(20) as note from {{ref "events"}}`,
  "models/whole.sql": `select e from {{ref "events"}} e`,
  "models/total.sql": `select count(*) as n from {{ref "events"}}`,
  "models/properties.yml": properties({ any: "", total: "" }),
};

const OUTSIDE = `
create schema reports;
create view reports.v as select * from shop.seen;
create materialized view reports.of_view as select id, note from shop.seen;
create index by_note on reports.of_view (note);
create materialized view reports.of_total as select n from shop.total;
create unique index on reports.of_total (n);
create materialized view reports.above as select n + 1 as n from reports.of_total`;

const shown = async ({ database }: Engine): Promise<unknown> =>
  (
    await database.query(`select (select count(*) from reports.v)::int as v, (select count(*) from reports.of_view)::int as of_view,
      (select n from reports.of_total)::int as of_total, (select n from reports.above)::int as above, (select count(*) from shop.whole)::int as whole`)
  )[0];

forEachServer((server) => {
  test("a materialized view outside, of a replaced table and of one that takes new rows, is of one day", async () => {
    const files = { ...project, "models/copy.sql": 'select id from {{ref "events"}}\n' };
    await using engine = await withEngine(files, { server });
    const { database } = engine;
    await database.query("create schema raw; create table raw.events as select 1 as id, 'one' as note");
    expect((await engine.build()).exit).toBe(0);
    await database.query(`create schema reports; create view reports.events as select id from shop.events;
      create materialized view reports.both as select (select count(*) from shop.events)::int as grown, (select count(*) from shop.copy)::int as replaced;
      create materialized view reports.through as select (select count(*) from reports.events)::int as grown, (select count(*) from shop.copy)::int as replaced`);
    await database.query("insert into raw.events values (2, 'two')");
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(await database.query("select * from reports.both union all select * from reports.through")).toEqual([
      { grown: 2, replaced: 2 },
      { grown: 2, replaced: 2 },
    ]);
  });

  test("materialized views outside, on what is made again over live, take their place with the new rows", async () => {
    await using engine = await withEngine(project, { server });
    const { database } = engine;
    await database.query("create schema raw; create table raw.events as select 1 as id, 'one' as note");
    expect((await engine.build()).exit).toBe(0);
    await database.query(OUTSIDE);
    const standing = await engine.relations();
    const indexes = "select indexdef from pg_indexes where schemaname in ('reports', 'shop') order by 1";
    const before = await database.query(indexes);
    await database.query("insert into raw.events values (2, 'two'), (3, 'three')");
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(await shown(engine)).toEqual({ v: 3, of_view: 3, of_total: 3, above: 4, whole: 3 });
    expect(await database.query(indexes)).toEqual(before);
    expect(await engine.relations()).toEqual(standing);
  });

  test("what hooks grant and make on the way stands on live afterwards", async () => {
    await using engine = await withEngine(project, { server });
    const { database } = engine;
    await database.query("create schema raw; create table raw.events as select 1 as id, 'one' as note");
    expect((await engine.build()).exit).toBe(0);
    const index = "create index total_by_half on {{this}} ((n / 2))";
    await engine.project.write({
      "models/properties.yml": properties({ any: `"${grant}"`, total: `"${grant}", "${index}"` }),
    });
    await database.query("insert into raw.events values (2, 'two')");
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    const [found] = await database.query(`select
      array(select relname::text from pg_class cross join aclexplode(relacl) x where relnamespace = 'shop'::regnamespace and x.grantee = 0 order by 1) as open,
      array(select indexname::text from pg_indexes where schemaname = 'shop' order by 1) as indexes`);
    expect(found).toEqual({
      open: ["events", "seen", "total"],
      indexes: ["events_id_key", "total_by_half", "total_n_idx"],
    });
  });
});
