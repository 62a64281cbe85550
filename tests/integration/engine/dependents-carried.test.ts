import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";
import { catalogOf } from "../../support/foreign-catalog.ts";
import { forEachServer } from "../../support/servers.ts";

const files = {
  "models/a.sql": `select x as id, 'n' || x as name from {{source "raw" "n"}}\n`,
  "models/b.sql": `select id, id * 2 as twice from {{ref "a"}}\n`,
  "models/all.yml": `
models:
  - { name: a, constraints: [{ type: primary_key, columns: [id] }, { type: unique, columns: [name, id] }] }
sources: [{ name: raw, tables: [{ name: n }] }]
`,
};

/** What somebody hangs on shop.a (id int, name text) or shop.b, and a query that reads the new rows through it. */
const cases: readonly {
  readonly what: string;
  readonly ddl: string;
  readonly count?: string;
  readonly notes?: readonly string[];
}[] = [
  { what: "a view", ddl: "create view others.v as select * from shop.a", count: "select count(*) as n from others.v" },
  {
    what: "a view with options, grants, comments, defaults and a trigger",
    ddl: `create function others.f() returns trigger language plpgsql as 'begin return new; end';
      create view others.v (i, "Näme") with (security_barrier, check_option = local) as select id, name from shop.a where id > 0;
      create trigger tr instead of insert on others.v for each row execute function others.f();
      alter view others.v alter column i set default 7;
      grant select (i) on others.v to public; grant update on others.v to public;
      comment on view others.v is 'mine'; comment on column others.v.i is 'the i'`,
    count: "select count(*) as n from others.v",
  },
  {
    what: "a view that was renamed, and one of its columns",
    ddl: "create view others.w as select id as x, name from shop.a; alter view others.w rename column x to y; alter view others.w rename to v",
    count: "select count(*) as n from others.v",
  },
  {
    what: "views in a chain over schemas",
    ddl: `create schema deep; create view others.v as select id from shop.a union select id from shop.b;
      create view deep.w as select id from others.v; create view others.x as select w.id from deep.w join shop.b using (id)`,
    count: "select count(*) as n from others.x",
  },
  {
    what: "a view that groups by the primary key",
    ddl: "create view others.v as select id, name, count(*) as c from shop.a group by id",
    count: "select count(*) as n from others.v",
  },
  {
    what: "a view with a cast to the type of its rows",
    ddl: "create view others.v as select (row(1, 'x')::shop.a).id, row_to_json(a.*) as j from shop.a",
    count: "select count(*) as n from others.v",
  },
  {
    what: "a view with a rule of its own",
    ddl: "create view others.v as select id from shop.b; create rule r as on delete to others.v do instead delete from shop.a where id = old.id",
    count: "select count(*) as n from others.v",
  },
  {
    what: "a recursive view",
    ddl: "create recursive view others.v (n) as select id from shop.a union select n - 1 from v where n > 100",
    count: "select count(*) as n from others.v",
  },
  {
    what: "a function with a parsed body",
    ddl: `create function others.h(floor int default 0) returns bigint language sql stable security definer set work_mem = '1MB' begin atomic select count(*) from shop.a where id > floor; end;
      comment on function others.h is 'counts'; revoke all on function others.h from public`,
    count: "select others.h() as n",
  },
  {
    what: "a procedure with a parsed body",
    ddl: "create table others.log (n bigint); create procedure others.p() language sql begin atomic insert into others.log select count(*) from shop.a; end",
  },
  {
    what: "a policy of another table",
    ddl: "create table others.t (id int, x int); alter table others.t enable row level security; create policy p on others.t using (exists (select from shop.a where a.id = t.id)) with check (x in (select twice from shop.b))",
  },
  {
    what: "a rule of another table, switched off",
    ddl: "create table others.t (x int); create rule r as on insert to others.t where new.x > 3 do also (insert into shop.b (id) values (new.x); delete from shop.b where id = new.x); alter table others.t disable rule r",
  },
  {
    what: "a materialized view, with all that stands on it",
    ddl: `create materialized view others.mv with (fillfactor = 70) as select a.id, a.name from shop.a;
      create unique index mv_id on others.mv (id) include (name) with (fillfactor = 80); create index "Odd one" on others.mv using hash (lower(name)) where id > 0;
      alter materialized view others.mv cluster on mv_id; comment on index others.mv_id is 'fast';
      create statistics others.mv_st (dependencies) on id, name from others.mv; comment on statistics others.mv_st is 'clever';
      alter materialized view others.mv alter column name set storage external; alter materialized view others.mv alter column id set statistics 7;
      grant select on others.mv to public; grant select (id) on others.mv to public; comment on materialized view others.mv is 'mine'; comment on column others.mv.id is 'the id'`,
    count: "select count(*) as n from others.mv",
  },
  {
    what: "a materialized view without rows",
    ddl: "create materialized view others.mv as select id from shop.a with no data",
  },
  {
    what: "materialized views and views upon one",
    ddl: `create materialized view others.mv as select id from shop.a; create materialized view others.mv2 as select mv.id, b.twice from others.mv join shop.b using (id);
      create view others.v as select id from others.mv2; create view others.w as select * from others.mv`,
    count:
      "select (select count(*) from others.v) + (select count(*) from others.w) - (select count(*) from shop.a) as n",
  },
  {
    what: "a materialized view of a relation and of a view upon it",
    ddl: "create view others.v as select id from shop.a; create materialized view others.mv as select v.id from others.v join shop.b using (id); create index mv_i on others.mv (id)",
    count: "select count(*) as n from others.mv",
  },
  {
    what: "materialized views upon one that is filled within publish",
    ddl: `create view others.v as select id from shop.a; create materialized view others.mv as select v.id from others.v join shop.b using (id);
      create materialized view others.mv2 as select id from others.mv; create view others.w as select id from others.mv2; create materialized view others.mv3 as select w.id from others.w join others.mv using (id)`,
    count: "select count(*) as n from others.mv3",
  },
  {
    what: "a materialized view above a view",
    ddl: "create view others.v as select id from shop.a; create materialized view others.mv as select id from others.v",
    notes: ["others.mv is made of what was replaced, and keeps the rows of its own last refresh"],
  },
  {
    what: "a foreign key",
    ddl: "create table others.c (a_id int constraint c_fk references shop.a on delete cascade on update set null deferrable initially deferred); insert into others.c values (1), (null); comment on constraint c_fk on others.c is 'guards'",
    count: "with d as (delete from others.c returning 1) select count(*) as n from shop.a",
  },
  {
    what: "a foreign key of two columns, matched fully, with a long name",
    ddl: `create table others.c (n text, i int, constraint "${"k".repeat(60)}ä" foreign key (n, i) references shop.a (name, id) match full)`,
  },
  {
    what: "a foreign key that was never validated",
    ddl: "create table others.c (a_id int); insert into others.c values (-1); alter table others.c add constraint c_fk foreign key (a_id) references shop.a not valid",
  },
  {
    what: "a foreign key of a partitioned table",
    ddl: "create table others.c (a_id int references shop.a) partition by list (a_id); create table others.c1 partition of others.c for values in (1)",
  },
];

/**
 * Each in schemas of its own, so that one build carries all of them over. Where two materialized views share a name, the
 * one is printed with an alias afterwards.
 */
const placed = (text: string, i: number): string =>
  text.replaceAll("others", `others_${i}`).replaceAll("deep", `deep_${i}`).replaceAll(/\bmv/g, `m${i}v`);

forEachServer((server) => {
  test("what hangs on a replaced relation from outside the run goes over to the new one, and stays what it was", async () => {
    await using engine = await withEngine(files, { server });
    const { database } = engine;
    await database.query("create schema raw; create table raw.n (x int); insert into raw.n values (1)");
    expect((await engine.build()).complaints).toEqual([]);
    const catalogs = () =>
      Promise.all(cases.map((_, i) => catalogOf(database, [placed("others", i), placed("deep", i)])));
    for (const [i, { ddl }] of cases.entries())
      await database.query(`create schema ${placed("others", i)}; set client_min_messages = error; ${placed(ddl, i)}`);
    const before = await catalogs();
    await database.query("insert into raw.n select max(x) + 1 from raw.n");
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    const after = await catalogs();
    const said = told.events.flatMap((e) => (e.kind === "note" ? [e.message] : []));
    expect(said.toSorted()).toEqual(
      cases.flatMap(({ notes = [] }, i) => notes.map((note) => placed(note, i))).toSorted(),
    );
    expect(await engine.relations()).not.toContain(expect.stringMatching(/__(next|old)/));
    for (const [i, { what, count }] of cases.entries()) {
      expect.soft([what, after[i]]).toEqual([what, before[i]]);
      if (count === undefined) continue;
      const [row] = await database.query("select count(*) as n from raw.n");
      expect.soft([what, await database.query(placed(count, i))]).toEqual([what, [row]]);
    }
  });
});
