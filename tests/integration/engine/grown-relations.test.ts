/** What stands on the table of an incremental model or of a snapshot that takes only new rows: it is the same table. */
import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const properties = (more: string) => `models:
  - name: events
    config: { materialized: incremental, unique_key: id${more} }
`;
const snapshot = (more: string) => `snapshots:
  - name: history
    relation: source('raw', 'events')
    config: { unique_key: id, strategy: check, check_cols: all${more} }
`;

const project = {
  "models/raw.yml": "sources: [{ name: raw, schema: raw, tables: [{ name: events }] }]\n",
  "models/events.sql": `select id, note from {{source "raw" "events"}}`,
  "models/properties.yml": properties(""),
  "snapshots/history.yml": snapshot(""),
};

const STANDING = ["events", "history"].map(
  (name) => `
create index ${name}_by_hand on shop.${name} (note);
create trigger stamp before insert on shop.${name} for each row execute function raw.same();
create policy mine on shop.${name} using (true);
alter table shop.${name} enable row level security;
create statistics shop.${name}_known on id, note from shop.${name}`,
);

forEachServer((server) => {
  test("what was made on it by hand stays, and declared grants reach it", async () => {
    await using engine = await withEngine(project, { server });
    const { database } = engine;
    await database.query(`create schema raw; create table raw.events as select 1 as id, 'one' as note;
      create function raw.same() returns trigger language plpgsql as 'begin return new; end'`);
    expect((await engine.build()).exit).toBe(0);
    await database.query(STANDING.join(";"));
    await database.query("grant update on shop.events, shop.history to public");
    const grants = ", grants: { select: [public] }";
    await engine.project.write({
      "models/properties.yml": properties(grants),
      "snapshots/history.yml": snapshot(grants),
    });
    await database.query("insert into raw.events values (2, 'two')");
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    const found = await database.query(`select relname as name, relrowsecurity as guarded,
      (select count(*)::int from pg_index where indrelid = c.oid and indexrelid::regclass::text like '%by_hand') as indexes,
      (select count(*)::int from pg_trigger where tgrelid = c.oid) as triggers, (select count(*)::int from pg_policy where polrelid = c.oid) as policies,
      (select count(*)::int from pg_statistic_ext where stxrelid = c.oid) as statistics,
      array(select privilege_type from aclexplode(c.relacl) x where x.grantee = 0 order by 1) as open
      from pg_class c where relnamespace = 'shop'::regnamespace and relkind = 'r' order by 1`);
    const stands = { guarded: true, indexes: 1, triggers: 1, policies: 1, statistics: 1, open: ["SELECT"] };
    expect(found).toEqual([
      { name: "events", ...stands },
      { name: "history", ...stands },
    ]);
  });
});
