/** Behind a pooler in transaction mode every verb is refused with advice, and leaves nothing on the sessions of others. */
import { expect, it } from "vitest";
import { openClient, withEngine } from "../../support/engine.ts";
import { withPooler } from "../../support/pooler.ts";

const SETTINGS = `select current_setting('search_path') as path, current_setting('default_transaction_read_only') as reads,
  current_setting('client_min_messages') as messages, current_setting('client_connection_check_interval') as checks`;

it("refuses to work through a pooler that lends sessions by the transaction, and changes nothing", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id" });
  await using pooler = await withPooler(engine.database.url);
  await using other = await openClient(pooler.url, "an application");
  const before = await other.query(SETTINGS);
  const env = { DATABASE_URL: pooler.url };
  for (const verb of [engine.build, engine.plan, engine.test]) {
    const told = await verb({ env });
    expect(told.exit).toBe(2);
    expect(told.complaints).toEqual([
      'postgres/pooled: target "server" reaches its server through a pooler in transaction mode',
    ]);
    expect(told.diagnostics[0]?.help).toContain("the server's own port");
  }
  expect(
    await engine.database.query("select nspname from pg_namespace where nspname !~ '^pg_|^information|^public'"),
  ).toEqual([]);
  expect(await other.query(SETTINGS)).toEqual(before);
  expect((await engine.build()).exit).toBe(0);
});
