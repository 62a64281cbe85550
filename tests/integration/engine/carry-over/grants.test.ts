import { expect, test } from "vitest";
import type { TestDatabase } from "../../../support/database.ts";
import { withEngine } from "../../../support/engine.ts";
import { withRoles } from "../../../support/roles.ts";

const aclOf = async (database: TestDatabase, plain: (text: unknown) => string, relation: string) => {
  const rows = await database.query(
    `select pg_get_userbyid(c.relowner) as owner,
       coalesce((select string_agg(a::text, ' ' order by a::text) from unnest(c.relacl) a), 'default') as acl,
       (select string_agg(t.attname || ': ' || t.attacl::text, ', ' order by t.attname) from pg_attribute t where t.attrelid = c.oid and t.attacl is not null) as columns
     from pg_class c where c.oid = $1::regclass`,
    [relation],
  );
  const [row] = rows;
  const entries = plain(row?.["acl"]).split(" ").sort();
  return { owner: plain(row?.["owner"]), acl: entries, columns: plain(row?.["columns"] ?? "") };
};

const files = (materialized: string) => ({
  "models/a.sql": `{{config materialized="${materialized}"}}\nselect 1 as id, 'one'::text as name\n`,
});

test.each(["table", "view", "materialized_view"])("a %s keeps its grants, its owner and its comments", async (kind) => {
  await using engine = await withEngine(files(kind));
  const { database } = engine;
  await using roles = await withRoles(database, ["ana", "reader", "writer"]);
  expect((await engine.build()).exit).toBe(0);
  const what = kind.replace("_", " ");
  await database.queryAsSuperuser(`
    grant create, usage on schema shop to ${roles.of("ana")};
    grant ${roles.of("ana")} to ${database.owner};
    grant select on shop.a to public;
    grant select, update on shop.a to ${roles.of("writer")} with grant option;
    grant select (id), update (name) on shop.a to ${roles.of("reader")};
    alter ${what} shop.a owner to ${roles.of("ana")};
    comment on ${what} shop.a is 'it''s mine';
    comment on column shop.a.name is 'a \\ name'`);
  const before = await aclOf(database, roles.plain, "shop.a");
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(await aclOf(database, roles.plain, "shop.a")).toEqual(before);
  expect(before.owner).toBe("ana");
  expect(
    await database.query(
      "select obj_description('shop.a'::regclass, 'pg_class') as a, col_description('shop.a'::regclass, 1) as id, col_description('shop.a'::regclass, 2) as name",
    ),
  ).toEqual([{ a: "it's mine", id: null, name: "a \\ name" }]);
  expect((await engine.build()).exit).toBe(0);
  expect(await aclOf(database, roles.plain, "shop.a")).toEqual(before);
});

test("a grant of the publishing role's own survives an owner who is somebody else", async () => {
  await using engine = await withEngine(files("table"));
  const { database } = engine;
  await using roles = await withRoles(database, ["ana"]);
  expect((await engine.build()).exit).toBe(0);
  await database.queryAsSuperuser(`
    grant create, usage on schema shop to ${roles.of("ana")}; grant ${roles.of("ana")} to ${database.owner};
    alter table shop.a owner to ${roles.of("ana")};
    grant select on shop.a to ${database.owner}; revoke update on shop.a from ${roles.of("ana")}`);
  const before = await aclOf(database, roles.plain, "shop.a");
  expect((await engine.build()).exit).toBe(0);
  expect(await aclOf(database, roles.plain, "shop.a")).toEqual(before);
});

test("rights that were taken from the owner stay taken, and a column that is gone takes its grants along", async () => {
  await using engine = await withEngine(files("table"));
  const { database } = engine;
  await using roles = await withRoles(database, ["reader"]);
  expect((await engine.build()).exit).toBe(0);
  await database.query(
    `revoke delete, truncate on shop.a from current_user; grant select (id, name) on shop.a to ${roles.of("reader")}; comment on column shop.a.name is 'gone'`,
  );
  const { acl } = await aclOf(database, roles.plain, "shop.a");
  await engine.project.write({ "models/a.sql": "select 1 as id, 2 as other\n" });
  expect((await engine.build()).exit).toBe(0);
  expect(await aclOf(database, roles.plain, "shop.a")).toEqual({ owner: "etl", acl, columns: "id: {reader=r/etl}" });
});

test("declared grants win over what stands, and `grants: {}` leaves none", async () => {
  await using engine = await withEngine(files("table"));
  const { database } = engine;
  await using roles = await withRoles(database, ["reader", "writer"]);
  expect((await engine.build()).exit).toBe(0);
  await database.query(`grant select, insert on shop.a to ${roles.of("writer")}`);
  const declare = (grants: string): Promise<void> =>
    engine.project.write({ "models/a.yml": `models: [{ name: a, config: { grants: ${grants} } }]\n` });
  await declare(`{ select: [${roles.of("reader")}, public], "update": [${roles.of("reader")}] }`);
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  const { acl } = await aclOf(database, roles.plain, "shop.a");
  expect(acl.filter((entry) => !entry.startsWith("etl="))).toEqual(["=r/etl", "reader=rw/etl"]);
  await declare("{}");
  expect((await engine.build()).exit).toBe(0);
  expect((await aclOf(database, roles.plain, "shop.a")).acl.filter((e) => !e.startsWith("etl="))).toEqual(["default"]);
});

test("a new relation gets the default privileges, those for its schema too; a replaced one keeps what it had", async () => {
  await using engine = await withEngine(files("table"));
  const { database } = engine;
  await using roles = await withRoles(database, ["reader", "auditor"]);
  await database.query(`create schema shop;
    alter default privileges in schema shop grant select on tables to ${roles.of("reader")};
    alter default privileges grant select on tables to ${roles.of("auditor")}`);
  expect((await engine.build()).exit).toBe(0);
  const others = async () =>
    (await aclOf(database, roles.plain, "shop.a")).acl.filter((entry) => !entry.startsWith("etl="));
  expect(await others()).toEqual(["auditor=r/etl", "reader=r/etl"]);
  await database.query(`revoke all on shop.a from ${roles.of("auditor")}, ${roles.of("reader")}`);
  expect((await engine.build()).exit).toBe(0);
  expect(await others()).toEqual([]);
});

test("an owner that the role cannot hand things to is refused before anything is built", async () => {
  await using engine = await withEngine(files("table"));
  const { database } = engine;
  await using roles = await withRoles(database, ["ana"]);
  expect((await engine.build()).exit).toBe(0);
  await database.queryAsSuperuser(`alter table shop.a owner to ${roles.of("ana")}`);
  const told = await engine.build();
  expect([told.exit, told.complaints.map(roles.plain)]).toEqual([2, ["plan/missing-right: shop.a belongs to ana"]]);
  await database.queryAsSuperuser(`grant ${roles.of("ana")} to ${database.owner}`);
  const closed = await engine.build();
  expect([closed.exit, closed.complaints.map(roles.plain)]).toEqual([
    2,
    ["plan/missing-right: ana, who owns shop.a, cannot create in schema shop"],
  ]);
  expect(await engine.relations()).toEqual(["shop.a"]);
});
