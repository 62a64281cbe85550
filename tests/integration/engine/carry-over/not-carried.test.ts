/** What is not carried: because it cannot be, because it does not fit, because the project made it and says so no more. */
import { expect, test } from "vitest";
import { debug } from "../../../../src/index.ts";
import { buildMeanwhile } from "../../../support/build-meanwhile.ts";
import { catalogOf } from "../../../support/catalog-of.ts";
import { photographOf, withEngine } from "../../../support/engine.ts";
import { forEachServer } from "../../../support/servers.ts";

const SQL = "select id, 'n' || id as name from (values (1), (2)) v (id)\n";
const model = (config: string) => `models: [{ name: a, ${config} }]\n`;

forEachServer((server) => {
  test("an index, a constraint and an option that left the project go; the same of somebody else's stay", async () => {
    const declared = `config: { indexes: [{ name: ours, columns: [name] }], storage_parameters: { fillfactor: 60 } },
      constraints: [{ type: check, name: pos, expression: "id > 0" }, { type: primary_key, columns: [id] }, { type: not_null, columns: [name] }]`;
    await using engine = await withEngine({ "models/a.sql": SQL, "models/a.yml": model(declared) }, { server });
    const { database } = engine;
    expect((await engine.build()).exit).toBe(0);
    const ours = await catalogOf(database, "shop.a");
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(await catalogOf(database, "shop.a")).toEqual(ours);
    await database.query(
      "create index theirs on shop.a (id, name); alter table shop.a add constraint odd check (id < 99); alter table shop.a set (autovacuum_enabled = false); comment on constraint odd on shop.a is 'odd'; comment on index shop.ours is 'gone'",
    );
    await engine.project.write({ "models/a.yml": model("columns: []") });
    const less = await engine.build();
    expect([less.exit, less.complaints]).toEqual([0, []]);
    const left = async () =>
      database.query(`select (select array_agg(indexname::text order by 1) from pg_indexes where tablename = 'a') as indexes,
        (select array_agg(conname::text order by 1) from pg_constraint where conrelid = 'shop.a'::regclass) as constraints,
        (select reloptions from pg_class where oid = 'shop.a'::regclass) as options,
        (select count(*)::int from pg_attribute where attrelid = 'shop.a'::regclass and attnum > 0 and attnotnull) as not_null`);
    const theirs = [{ indexes: ["theirs"], constraints: ["odd"], options: ["autovacuum_enabled=false"], not_null: 0 }];
    expect(await left()).toEqual(theirs);
    expect((await engine.build()).exit).toBe(0);
    expect(await left()).toEqual(theirs);
  });

  test("rows that break somebody's constraint are a failed test, and live stays", async () => {
    await using engine = await withEngine({ "models/a.sql": SQL }, { server });
    const { database } = engine;
    expect((await engine.build()).exit).toBe(0);
    await database.query(`create schema raw; create table raw.t (id int primary key); insert into raw.t values (1), (2);
      alter table shop.a add constraint few check (id < 3), add constraint fk foreign key (id) references raw.t;
      create unique index once on shop.a (name); alter table shop.a add constraint alone exclude using btree (id with =)`);
    const before = await photographOf(database, ["shop"]);
    await engine.project.write({ "models/a.sql": "select id, 'same' as name from (values (1), (1), (7)) v (id)\n" });
    const told = await engine.build();
    expect(told.exit).toBe(1);
    expect(told.events.flatMap((e) => (e.kind === "test_finished" ? [[e.name, e.failures]] : []))).toEqual([
      ["alone", 1],
      ["few", 1],
      ["once", 1],
    ]);
    await engine.project.write({ "models/a.sql": "select id, 'n' || id as name from (values (1), (-7)) v (id)\n" });
    const orphan = await engine.build();
    expect(orphan.exit).toBe(1);
    expect(orphan.events.flatMap((e) => (e.kind === "test_finished" ? [[e.name, e.failures]] : []))).toEqual([
      ["fk", 1],
    ]);
    expect(await photographOf(database, ["shop"])).toEqual(before);
  });

  type Misfit = readonly [ddl: string, named: string];
  const misfits: readonly (readonly [when: string, readonly Misfit[]])[] = [
    [
      "before publish locks anything",
      [
        ["create policy p on shop.a using (name <> '')", "policy p"],
        [
          "create trigger t before update on shop.a for each row when (new.name <> '') execute function others.f()",
          "trigger t",
        ],
        ["create rule r as on update to shop.a where new.name = 'x' do instead nothing", "rule r"],
      ],
    ],
    [
      "when the node is built",
      [
        ["create index i on shop.a (lower(name))", "index i"],
        ["create statistics shop.st on id, name from shop.a", "statistics object st"],
        ["alter table shop.a add constraint c check (name <> '')", "check c"],
      ],
    ],
  ];
  test.each(misfits)("what needs a column that is gone is named %s, each thing, and live stays", async (_, things) => {
    const names = things.map((_, i) => `a${i}`);
    const filesOf = (body: string) => Object.fromEntries(names.map((name) => [`models/${name}.sql`, body]));
    await using engine = await withEngine(filesOf(SQL), { server });
    const { database } = engine;
    expect((await engine.build()).exit).toBe(0);
    const onIts = ([ddl]: Misfit, i: number) => ddl.replaceAll("shop.a", `shop.a${i}`);
    await database.query(
      `create schema others; create function others.f() returns trigger language plpgsql as 'begin return new; end'; ${things.map(onIts).join("; ")}`,
    );
    const catalogs = () => Promise.all(names.map((name) => catalogOf(database, `shop.${name}`)));
    const before = await catalogs();
    await engine.project.write(filesOf("select 1 as id\n"));
    const told = await engine.build();
    expect(told.exit).toBe(6);
    expect(told.complaints.toSorted()).toEqual(
      things
        .map(([, named], i) => `${named} on shop.a${i}`)
        .toSorted()
        .map((thing) =>
          expect.stringMatching(
            new RegExp(`^execute/not-carried: ${thing.replace(".", "\\.")} does not fit what was built: .*name`),
          ),
        ),
    );
    expect(await catalogs()).toEqual(before);
  });

  test("what was set for a column goes with the column, also a sequence", async () => {
    await using engine = await withEngine({ "models/a.sql": SQL }, { server });
    const { database } = engine;
    expect((await engine.build()).exit).toBe(0);
    await database.query(`create sequence shop.own owned by shop.a.name;
      alter table shop.a alter name set default nextval('shop.own')::text, alter name set statistics 5`);
    await engine.project.write({ "models/a.sql": "select 1 as id\n" });
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(await engine.relations()).toEqual(["shop.a"]);
  });

  const unmovable = [
    ["alter table shop.a add column g int generated always as (id * 2) stored", "generated column g", "table"],
    ["create type others.y as (id int, name text); alter table shop.a of others.y", "table of type others.y", "table"],
    [
      "alter table shop.a add constraint f foreign key (id) references shop.a (id) not valid; alter table shop.a disable trigger all",
      "disabled trigger of constraint f",
      "table",
    ],
    ["alter table shop.a enable row level security", "row level security enabled", "view"],
    ["create index i on shop.a (name)", "index i", "view"],
    ["create policy p on shop.a", "policy p", "materialized_view"],
  ] as const;
  test("what a new relation cannot have is refused before anything is built, each thing", async () => {
    const names = unmovable.map((_, i) => `a${i}`);
    const first = Object.fromEntries(names.map((name) => [`models/${name}.sql`, SQL]));
    const keyed = names.map((name) => `  - { name: ${name}, constraints: [{ type: primary_key, columns: [id] }] }\n`);
    await using engine = await withEngine({ ...first, "models/a.yml": `models:\n${keyed.join("")}` }, { server });
    const { database } = engine;
    expect((await engine.build()).exit).toBe(0);
    await database.query("create schema others");
    const onIts = ([ddl]: (typeof unmovable)[number], i: number) => ddl.replaceAll("shop.a", `shop.a${i}`);
    await database.queryAsSuperuser(unmovable.map(onIts).join("; "));
    const catalogs = () => Promise.all(names.map((name) => catalogOf(database, `shop.${name}`)));
    const before = await catalogs();
    const stood = await engine.relations();
    const later = unmovable.map(([, , to], i) => [`models/a${i}.sql`, `{{config materialized="${to}"}}\n${SQL}`]);
    const stillKeyed = keyed.filter((_, i) => unmovable[i]?.[2] === "table");
    await engine.project.write({ ...Object.fromEntries(later), "models/a.yml": `models:\n${stillKeyed.join("")}` });
    const told = await engine.build();
    expect(told.exit).toBe(6);
    expect(told.complaints.toSorted()).toEqual(
      unmovable
        .map(([, named], i) => `plan/not-carried: ${named} on shop.a${i} cannot be carried over: `)
        .toSorted()
        .map((begins) => expect.stringContaining(begins)),
    );
    expect(await catalogs()).toEqual(before);
    expect(await engine.relations()).toEqual(stood);
  });

  test("a publication is refused, and kept where that is accepted", async () => {
    await using engine = await withEngine({ "models/a.sql": SQL }, { server });
    const { database } = engine;
    expect((await engine.build()).exit).toBe(0);
    const is15 = server === "newest";
    await database.queryAsSuperuser(`create publication p_one for table shop.a${is15 ? " (id) where (id > 1)" : ""};
      alter publication p_one owner to ${database.owner}; create publication p_all for all tables;
      ${is15 ? "create publication p_schema for tables in schema shop" : ""}`);
    const before = await catalogOf(database, "shop.a");
    const told = await engine.build();
    const names = ["p_all (for all tables)", "p_one", ...(is15 ? ["p_schema (for tables in schema)"] : [])];
    expect([told.exit, told.complaints]).toEqual([
      6,
      names.map(
        (name) =>
          `plan/not-carried: publication ${name} on shop.a cannot be carried over: subscribers keep the old rows and only get what is written later`,
      ),
    ]);
    const checked = await debug({ folder: engine.project.root, env: engine.env });
    expect(checked.value?.filter((check) => check.status !== "ok")).toEqual([
      {
        name: "replication",
        status: "warning",
        detail: expect.stringContaining("publication p_all is for all tables"),
      },
    ]);
    expect(checked.value?.find((check) => check.name === "catalogs")?.detail).toMatch(/^\d+ .B, \d+ dead rows of \d+$/);
    await engine.project.write({ "models/a.yml": model("config: { replication: accept }") });
    const accepted = await engine.build();
    expect([accepted.exit, accepted.complaints]).toEqual([0, []]);
    expect(await catalogOf(database, "shop.a")).toEqual(before);
  });

  test("an index that somebody makes while the run builds is not lost: the run refuses, and the next one carries it", async () => {
    await using engine = await withEngine({ "models/a.sql": SQL, "models/b.sql": "select 1 as id\n" }, { server });
    const { database } = engine;
    expect((await engine.build()).exit).toBe(0);
    await database.query("create schema others; create table others.gate (x int)");
    await engine.project.write({
      "models/sources.yml": "sources: [{ name: others, tables: [{ name: gate }] }]\n",
      "models/b.sql": 'select count(*) as id from {{source "others" "gate"}}\n',
    });
    const told = await buildMeanwhile(engine, () =>
      database.query("create index late on shop.a (id); create policy p on shop.a"),
    );
    expect([told.exit, told.complaints]).toEqual([
      6,
      ["execute/not-carried: index late on shop.a came, went or changed during the run"],
    ]);
    const before = await catalogOf(database, "shop.a");
    const again = await engine.build();
    expect([again.exit, again.complaints]).toEqual([0, []]);
    expect(await catalogOf(database, "shop.a")).toEqual(before);
  });
});
