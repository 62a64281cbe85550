import { expect, test } from "vitest";
import { withTestDatabase } from "../support/database.ts";
import { openClient, withEngine } from "../support/engine.ts";
import { forEachServer } from "../support/servers.ts";

test("a test's database is empty, and its owner is no superuser", async () => {
  await using database = await withTestDatabase();
  expect(await database.query("select current_user as who, current_database() as here")).toEqual([
    { who: database.owner, here: database.name },
  ]);
  expect(await database.query("select rolsuper from pg_roles where rolname = current_user")).toEqual([
    { rolsuper: false },
  ]);
  expect(await database.query("create schema s; create table s.t (a int); select count(*)::int as n from s.t")).toEqual(
    [{ n: 0 }],
  );
});

test("two databases know nothing of each other", async () => {
  await using one = await withTestDatabase();
  await using other = await withTestDatabase();
  await one.query("create table public.t (a int)");
  expect(await other.query("select to_regclass('public.t') as t")).toEqual([{ t: null }]);
});

test("a database goes away although a session is open on it", async () => {
  const database = await withTestDatabase();
  await using open = await openClient(database.url);
  await database.drop();
  await expect(open.query("select 1")).rejects.toThrow();
  await expect(database.query("select 1")).rejects.toMatchObject({ code: "3D000" });
});

forEachServer((server) => {
  test("a project is built and published", async () => {
    await using engine = await withEngine({ "models/a.sql": "select 1 as id" }, { server });
    expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
    const rows = await engine.database.query("select id, current_setting('server_version_num')::int as v from shop.a");
    expect(rows).toEqual([{ id: 1, v: server === "lowest" ? expect.toSatisfy(isLowest) : expect.any(Number) }]);
  });
});

const isLowest = (version: number): boolean => Math.floor(version / 10_000) === 14;
