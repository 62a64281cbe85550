/** What somebody put on a relation stands there again after the next publish: the catalog before and after, one thing each. */
import { expect, test } from "vitest";
import { catalogOf } from "../../../support/catalog-of.ts";
import { type Engine, withEngine } from "../../../support/engine.ts";
import { forEachServer, type ServerName } from "../../../support/servers.ts";

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

const SETUP = `create schema raw; create table raw.t (id int primary key); insert into raw.t values (1), (2), (3);
  create schema others; create function others.f() returns trigger language plpgsql as 'begin raise exception ''fired''; end'`;

const files = (materialized: string) => ({
  "models/a.sql": `{{config materialized="${materialized}"}}\nselect id, id as other_id, 'n' || id as name, 'v'::text as val from (values (1), (2), (3)) v (id)\n`,
  "models/b.sql": "select id from (values (1), (2), (3)) v (id)\n",
  "models/b.yml": "models: [{ name: b, constraints: [{ type: primary_key, columns: [id] }] }]\n",
});

const start = async (server: ServerName, materialized = "table"): Promise<Engine> => {
  const engine = await withEngine(files(materialized), { server });
  await engine.database.query(SETUP);
  const first = await engine.build();
  expect([first.exit, first.complaints]).toEqual([0, []]);
  return engine;
};

const versionOf = async ({ database }: Engine): Promise<number> =>
  Number((await database.query("select current_setting('server_version_num') as v"))[0]?.["v"]);

forEachServer((server) => {
  test.each(cases.map((c) => [c.title, c] as const))(
    "%s",
    async (_title, { ddl, materialized, isPrivileged, from, carried }) => {
      await using engine = await start(server, materialized);
      const { database } = engine;
      if (from !== undefined && (await versionOf(engine)) < from) return;
      const bare = await catalogOf(database, "shop.a");
      await (isPrivileged ? database.queryAsSuperuser(ddl) : database.query(ddl));
      const before = await catalogOf(database, "shop.a");
      expect(before).not.toEqual(bare);
      const oid = await database.query("select 'shop.a'::regclass::oid as oid");
      const planned = await engine.plan();
      expect(planned.value?.publish.carried.map(({ kind, name }) => `${kind} ${name}`)).toEqual(carried);
      // The second time shows that nothing was recorded as Galley's own.
      for (const _ of server === "newest" ? ["once", "and once more"] : ["once"]) {
        const told = await engine.build();
        expect([told.exit, told.complaints]).toEqual([0, []]);
        expect(await catalogOf(database, "shop.a")).toEqual(before);
      }
      expect(await database.query("select 'shop.a'::regclass::oid as oid")).not.toEqual(oid);
      expect(await database.query("select from pg_namespace where nspname in ('shop__next', 'shop__old')")).toEqual([]);
    },
  );
});
