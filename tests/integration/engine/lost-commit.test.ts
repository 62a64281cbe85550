import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { DatabaseError } from "../../../src/domain/contracts/database.ts";
import { NOTHING_PERSONAL } from "../../../src/domain/personal.ts";
import { sql } from "../../../src/domain/sql.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { commit } from "../../../src/stages/execute/publish/outcome.ts";
import { withTestDatabase } from "../../support/database.ts";
import { isCommit, type TestProxy, withProxy } from "../../support/proxy.ts";

const MINUTE = 60_000;

/** A COMMIT that is lost with all connections; then for how long, by the run's own clock, the server is asked. */
const lostCommit = async (admitted: Parameters<TestProxy["admit"]>[0], patienceMs: number) => {
  await using server = await withTestDatabase();
  await using proxy = await withProxy(server.url, (piece) => {
    if (!isCommit(piece)) return "passed";
    proxy.admit(admitted);
    proxy.cut();
    return "held";
  });
  let now = 0;
  const database = await openDatabase({ ...SETTINGS, client: { connectionString: proxy.url } });
  const clock = {
    clock: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const run = { database, runId: "a-run", bookkeeping: "galley", emit: () => undefined, ...clock };
  try {
    const request = { evidence: sql`select 1`, patienceMs };
    const ended = await database.withSession("durable", async (session) => {
      await session.step(sql`begin`);
      return commit(run, session, request);
    });
    return { ended: ended?.kind, askedForMs: now };
  } finally {
    await database.close();
  }
};

const SETTINGS = {
  applicationName: "galley/a-run/test",
  role: undefined,
  searchPath: [],
  trace: undefined,
  personal: NOTHING_PERSONAL,
};

test("a server of which nothing is heard after COMMIT is asked for ten seconds, however long publish may take", async () => {
  expect(await lostCommit("nobody", 2 * MINUTE)).toEqual({ ended: "unknown", askedForMs: 10_200 });
  expect(await lostCommit("nobody", 1_000)).toEqual({ ended: "unknown", askedForMs: 1_200 });
});

test("a server that recovers after COMMIT is asked for as long as publish may take", async () => {
  expect(await lostCommit("later", MINUTE)).toEqual({ ended: "unknown", askedForMs: MINUTE + 200 });
});

test("whoever takes a connection and never answers is not waited for", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  try {
    const { port } = silent.address() as AddressInfo;
    const client = { host: "127.0.0.1", port, user: "a", database: "a", connectionTimeoutMillis: 20 };
    const error = await openDatabase({ ...SETTINGS, client }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ sqlstate: "08001", message: "the server did not answer in time" });
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});
