/** Behind a pooler in transaction mode: what writes is refused with advice, what reads works. */
import { expect, it } from "vitest";
import { withEngine } from "../../support/engine.ts";
import { withPooler } from "../../support/pooler.ts";

it("refuses to build through a pooler that lends sessions by the transaction, and changes nothing", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id" });
  await using pooler = await withPooler(engine.database.url);
  const told = await engine.build({ env: { DATABASE_URL: pooler.url } });
  expect(told.exit).toBe(2);
  expect(told.complaints).toEqual([
    'postgres/pooled: target "server" reaches its server through a pooler in transaction mode',
  ]);
  expect(told.diagnostics[0]?.help).toContain("the server's own port");
  expect(
    await engine.database.query("select nspname from pg_namespace where nspname !~ '^pg_|^information|^public'"),
  ).toEqual([]);
  expect((await engine.build()).exit).toBe(0);
});
