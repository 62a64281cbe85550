import { expect, test } from "vitest";
import { withTestDatabase } from "../support/database.ts";
import { openClient } from "../support/engine.ts";

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
