/** What somebody put on a relation stands there again after the next publish: the catalog before and after, one thing each. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogOf } from "../../../support/catalog-of.ts";
import { withTestDatabase } from "../../../support/database.ts";
import { type Engine, withEngine } from "../../../support/engine.ts";
import { forEachServer } from "../../../support/servers.ts";

type Case = {
  readonly title: string;
  /** On shop.a (id int, other_id int, name text, val text), as its owner; raw.t and others.f() are there. */
  readonly ddl: string;
  readonly materialized?: "table" | "view" | "materialized_view";
  /** Needs a superuser. */
  readonly isPrivileged?: boolean;
  /** The first version that knows it. */
  readonly from?: number;
  /** What galley plan says is carried, where the title is not enough. */
  readonly carried: readonly string[];
};

const cases: readonly Case[] = [
  {
    title: "row level security",
    ddl: "alter table shop.a enable row level security",
    carried: ["row level security enabled"],
  },
  {
    title: "forced row level security",
    ddl: "alter table shop.a force row level security",
    carried: ["row level security forced"],
  },
  {
    title: "policies",
    ddl: `create policy p on shop.a using (id > 0);
      create policy "odd name" on shop.a as restrictive for update to current_user, pg_monitor using (name <> ' on shop.a') with check (exists (select from raw.t where t.id = a.id));
      create policy ins on shop.a for insert with check (true); create policy sel on shop.a for select using (id in (select x.id from shop.a x));
      create policy del on shop.a for delete to public using (false); comment on policy p on shop.a is 'it''s'`,
    carried: ["policy del", "policy ins", "policy odd name", "policy p", "policy sel"],
  },
  {
    title: "triggers",
    ddl: `create trigger tr before insert or update of name, val on shop.a for each row when (new.name <> ' ON shop.a ') execute function others.f('x', ' ON shop.a ');
      create trigger " ON shop.a " after delete on shop.a referencing old table as gone for each statement execute function others.f();
      create constraint trigger late after insert on shop.a from raw.t deferrable initially deferred for each row execute function others.f();
      comment on trigger tr on shop.a is 'why'`,
    carried: ["trigger  ON shop.a ", "trigger late", "trigger tr"],
  },
  {
    title: "states of triggers",
    ddl: `create trigger d before insert on shop.a for each row execute function others.f(); alter table shop.a disable trigger d;
      create trigger r before insert on shop.a for each row execute function others.f(); alter table shop.a enable replica trigger r;
      create trigger w before insert on shop.a for each row execute function others.f(); alter table shop.a enable always trigger w`,
    carried: ["trigger d", "trigger r", "trigger w"],
  },
  {
    title: "instead-of triggers of a view",
    materialized: "view",
    ddl: "create trigger io instead of insert or update on shop.a for each row execute function others.f()",
    carried: ["trigger io"],
  },
  {
    title: "defaults and options of a view",
    materialized: "view",
    ddl: "alter view shop.a alter column name set default 'x'; alter view shop.a set (security_barrier = true)",
    carried: ["storage option security_barrier", "default of column name"],
  },
  {
    title: "rules",
    ddl: `create rule r as on insert to shop.a where new.id > 5 do also insert into raw.t values (new.id); create rule tell as on insert to shop.a do also notify changed;
      create rule u as on update to shop.a do instead update raw.t set id = new.id where t.id = old.id;
      create rule off as on delete to shop.a do instead nothing; alter table shop.a disable rule off; comment on rule r on shop.a is 'r'`,
    carried: ["rule off", "rule r", "rule tell", "rule u"],
  },
  {
    title: "extended statistics",
    ddl: `create statistics shop.st (dependencies, ndistinct) on id, name from shop.a; create statistics others.st2 on (name || ' FROM shop.a'), id from shop.a;
      alter statistics shop.st set statistics 300; comment on statistics shop.st is 'st'; analyze shop.a`,
    carried: ["statistics object st", "statistics object others.st2"],
  },
  {
    title: "replica identity full",
    ddl: "alter table shop.a replica identity full",
    carried: ["replica identity full"],
  },
  {
    title: "no replica identity",
    ddl: "alter table shop.a replica identity nothing",
    carried: ["replica identity nothing"],
  },
  {
    title: "replica identity by an index",
    ddl: "alter table shop.a alter id set not null; create unique index ident on shop.a (id); alter table shop.a replica identity using index ident",
    carried: ["constraint a_id_not_null", "unique index ident", "replica identity ident"],
  },
  {
    title: "storage options",
    ddl: "alter table shop.a set (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false)",
    carried: [
      "storage option fillfactor",
      "storage option autovacuum_enabled",
      "storage option toast.autovacuum_enabled",
    ],
  },
  { title: "unlogged", ddl: "alter table shop.a set unlogged", carried: ["persistence unlogged"] },
  {
    title: "an access method",
    from: 150_000,
    isPrivileged: true,
    ddl: "create access method heap2 type table handler heap_tableam_handler; alter table shop.a set access method heap2",
    carried: ["access method heap2"],
  },
  {
    title: "options of columns",
    ddl: `alter table shop.a alter id set statistics 7, alter name set storage external, alter val set compression pglz, alter id set (n_distinct = 5, n_distinct_inherited = 6)`,
    carried: [
      "column statistics target id",
      "column option n_distinct id",
      "column option n_distinct_inherited id",
      "column storage name",
      "column compression val",
    ],
  },
  {
    title: "defaults",
    ddl: "alter table shop.a alter id set default 7, alter name set default 'it''s ' || current_date::text",
    carried: ["default of column id", "default of column name"],
  },
  {
    title: "an unowned sequence",
    ddl: "create sequence shop.free; select nextval('shop.free'); alter table shop.a alter id set default nextval('shop.free')",
    carried: ["default of column id"],
  },
  {
    title: "an owned sequence",
    ddl: `create sequence shop.own increment 5; alter sequence shop.own owned by shop.a.id; alter table shop.a alter id set default nextval('shop.own'); grant usage on sequence shop.own to pg_monitor;
      select nextval('shop.own'), nextval('shop.own'), nextval('shop.own')`,
    carried: ["sequence own", "default of column id"],
  },
  {
    title: "an identity column",
    ddl: `alter table shop.a alter id set not null; alter table shop.a alter id add generated by default as identity (start with 40 increment by 2 cycle maxvalue 100);
      select nextval('shop.a_id_seq'), nextval('shop.a_id_seq'); grant select, usage on sequence shop.a_id_seq to pg_monitor`,
    carried: ["constraint a_id_not_null", "identity of column id"],
  },
  {
    title: "indexes",
    ddl: `create index a_name on shop.a (name desc nulls last, lower(val)) include (id) where id > 0; create unique index a_u on shop.a (id);
      create index " ON shop.a " on shop.a using hash (name) with (fillfactor = 60); create index expr on shop.a (id, (length(name))); alter index shop.expr alter column 2 set statistics 9;
      alter table shop.a cluster on a_u; comment on index shop.a_u is 'mine'`,
    carried: [
      "index  ON shop.a ",
      "index a_name",
      "unique index a_u",
      "index expr",
      "cluster mark of index a_u",
      "statistics target of index expr",
      "comment on index a_u",
    ],
  },
  {
    title: "indexes of a materialized view",
    materialized: "materialized_view",
    ddl: "create unique index a_u on shop.a (id); create index a_n on shop.a (name); alter materialized view shop.a cluster on a_n; alter materialized view shop.a alter id set statistics 5",
    carried: ["column statistics target id", "index a_n", "unique index a_u", "cluster mark of index a_n"],
  },
  {
    title: "nulls not distinct",
    from: 150_000,
    ddl: "create unique index a_u on shop.a (id) nulls not distinct; alter table shop.a add constraint a_k unique nulls not distinct (id, name)",
    carried: ["constraint a_k", "unique index a_u"],
  },
  {
    title: "constraints",
    ddl: `alter table shop.a add constraint pos check (id > 0) no inherit, add constraint pk primary key (id), add constraint u unique (id, name) deferrable initially deferred,
      add constraint x exclude using hash (name with =) where (id > 99), add constraint later check (id > 100) not valid, alter val set not null; comment on constraint pos on shop.a is 'positive'`,
    carried: [
      "constraint a_val_not_null",
      "constraint later",
      "constraint pk",
      "constraint pos",
      "constraint u",
      "constraint x",
      "comment on constraint pos",
    ],
  },
  {
    title: "foreign keys",
    ddl: `alter table shop.a add constraint fk foreign key (other_id) references raw.t (id) match full on update cascade on delete set null deferrable, add constraint late foreign key (id) references raw.t not valid;
      create unique index a_u on shop.a (id); alter table shop.a add constraint self foreign key (other_id) references shop.a (id), add constraint to_b foreign key (id) references shop.b (id)`,
    carried: ["unique index a_u", "foreign key fk", "foreign key late", "foreign key self", "foreign key to_b"],
  },
  {
    title: "keys that are not enforced",
    from: 180_000,
    ddl: "alter table shop.a add constraint fk foreign key (id) references raw.t (id) not enforced, add constraint c check (id > 50) not enforced, add constraint nn not null name not valid",
    carried: ["constraint c", "constraint nn", "foreign key fk"],
  },
];

/** Each case has a model of its own, `shop_<n>.a`, so that one build carries over all of them at once. */
type Carried = Case & { readonly schema: string };

const inItsSchema = (one: Case, i: number): Carried => {
  const schema = `shop_${i}`;
  const placed = (text: string): string => text.replaceAll("shop.", `${schema}.`);
  return { ...one, schema, ddl: placed(one.ddl), carried: one.carried.map(placed) };
};

const SETUP = `create schema raw; create table raw.t (id int primary key); insert into raw.t values (1), (2), (3);
  create schema others; create function others.f() returns trigger language plpgsql as 'begin raise exception ''fired''; end'`;

const filesOf = ({ schema, materialized = "table" }: Carried): Readonly<Record<string, string>> => ({
  [`models/a_${schema}.sql`]: `{{config materialized="${materialized}" schema="${schema}" alias="a"}}\nselect id, id as other_id, 'n' || id as name, 'v'::text as val from (values (1), (2), (3)) v (id)\n`,
  [`models/b_${schema}.sql`]: `{{config schema="${schema}" alias="b"}}\nselect id from (values (1), (2), (3)) v (id)\n`,
  [`models/b_${schema}.yml`]: `models: [{ name: b_${schema}, constraints: [{ type: primary_key, columns: [id] }] }]\n`,
});

type Catalogs = ReadonlyMap<string, Awaited<ReturnType<typeof catalogOf>>>;

const catalogsOf = async ({ database }: Engine, all: readonly Carried[]): Promise<Catalogs> =>
  new Map(
    await Promise.all(all.map(async ({ schema }) => [schema, await catalogOf(database, `${schema}.a`)] as const)),
  );

const oidsOf = async ({ database }: Engine, all: readonly Carried[]): Promise<ReadonlyMap<string, unknown>> =>
  new Map(
    (
      await database.query(
        `select relnamespace::regnamespace::text as schema, oid from pg_class where relname = 'a' and relnamespace::regnamespace::text in (${all.map((c) => `'${c.schema}'`).join(", ")})`,
      )
    ).map(({ schema, oid }) => [String(schema), oid]),
  );

/** What stood before, what galley plan says of it, and what stands after each of the builds. */
type Observed = {
  readonly bare: Catalogs;
  readonly before: Catalogs;
  readonly carried: ReadonlyMap<string, readonly string[]>;
  readonly after: readonly Catalogs[];
  readonly areOthers: ReadonlyMap<string, boolean>;
};

const observe = async (engine: Engine, all: readonly Carried[]): Promise<Observed> => {
  const { database } = engine;
  await database.query(SETUP);
  const first = await engine.build();
  expect([first.exit, first.complaints]).toEqual([0, []]);
  const bare = await catalogsOf(engine, all);
  for (const { ddl, isPrivileged } of all) await (isPrivileged ? database.queryAsSuperuser(ddl) : database.query(ddl));
  const before = await catalogsOf(engine, all);
  const oids = await oidsOf(engine, all);
  const planned = (await engine.plan()).value?.publish.carried ?? [];
  const after: Catalogs[] = [];
  // The second time shows that nothing was recorded as Galley's own.
  for (const _ of ["once", "and once more"]) {
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    after.push(await catalogsOf(engine, all));
  }
  expect(await database.query("select from pg_namespace where nspname ~ '__(next|old)$'")).toEqual([]);
  const oidsAfter = await oidsOf(engine, all);
  const ofCase = ({ schema }: Carried): readonly string[] =>
    planned.flatMap(({ on, kind, name }) => (on.schema === schema && on.name === "a" ? [`${kind} ${name}`] : []));
  return {
    bare,
    before,
    carried: new Map(all.map((c) => [c.schema, ofCase(c)])),
    after,
    areOthers: new Map(all.map(({ schema }) => [schema, oids.get(schema) !== oidsAfter.get(schema)])),
  };
};

forEachServer((server) => {
  let engine: Engine | undefined;
  let observed: Observed | undefined;
  const all = cases.map(inItsSchema);
  const known = (version: number): readonly Carried[] => all.filter(({ from = 0 }) => version >= from);
  let version = 0;

  beforeAll(async () => {
    const probe = await withTestDatabase(server);
    const [row] = await probe.query("select current_setting('server_version_num')::int as v");
    await probe.drop();
    version = Number(row?.["v"]);
    const files = known(version).map(filesOf);
    engine = await withEngine(Object.assign({}, ...files), { server });
    observed = await observe(engine, known(version));
  });
  afterAll(async () => engine?.[Symbol.asyncDispose]());

  test.each(all.map((c) => [c.title, c] as const))("%s", (_title, { schema, from = 0, carried }) => {
    if (version < from) return;
    const before = observed?.before.get(schema);
    expect(before).toBeDefined();
    expect(before).not.toEqual(observed?.bare.get(schema));
    expect(observed?.carried.get(schema)).toEqual(carried);
    expect(observed?.after.map((catalogs) => catalogs.get(schema))).toEqual([before, before]);
    expect(observed?.areOthers.get(schema)).toBe(true);
  });
});
