/** A server below 14 is not to be had everywhere: a stand-in says what one says of itself, and no more. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { NOTHING_PERSONAL } from "../../src/domain/personal.ts";
import { connect } from "../../src/postgres/connect.ts";

const message = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
const int32 = (n: number): Buffer => Buffer.concat([int16(n >> 16), int16(n & 0xffff)]);
const text = (value: string): Buffer => Buffer.from(`${value}\0`);

const READY = message("Z", Buffer.from("I"));
const columns = ["pid", "version"].map((name) =>
  Buffer.concat([text(name), int32(0), int16(0), int32(25), int16(65_535), int32(-1), int16(0)]),
);
/** Every query of a connection gets the same row. */
const rowOf = (pid: number): Buffer => {
  const values = [String(pid), "130012"].map((value) => Buffer.concat([int32(value.length), Buffer.from(value)]));
  return Buffer.concat([
    message("T", int16(columns.length), ...columns),
    message("D", int16(values.length), ...values),
    message("C", text("SELECT 1")),
    READY,
  ]);
};

/** Each connection has a process of its own: one for two would be a pooler's. */
let processes = 0;

const serve = (socket: Socket): void => {
  processes += 1;
  const row = rowOf(processes);
  socket.on("error", () => undefined);
  socket.once("data", () => {
    socket.write(Buffer.concat([message("R", int32(0)), READY]));
    socket.on("data", (data) => {
      if (data[0] === "Q".charCodeAt(0)) socket.write(row);
    });
  });
};

test("a server below version 14 is refused by its version, with a way forward", async () => {
  const server = createServer(serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const outcome = await connect({
    target: {
      type: "postgres",
      name: "server",
      threads: 1,
      schemaPrefix: "",
      searchPath: [],
      lockTimeoutMs: 200,
      publishTimeoutMs: 1000,
      oldSnapshotWaitMs: 1000,
      retries: 0,
      role: undefined,
      connection: {
        kind: "parts",
        host: "127.0.0.1",
        port,
        user: "etl",
        password: undefined,
        dbname: "dw",
        sslmode: "disable",
      },
    },
    projectRoot: "/",
    runId: "00000000-0000-0000-0000-000000000000",
    extensions: [],
    report: () => undefined,
    trace: undefined,
    personal: NOTHING_PERSONAL,
  });
  expect(outcome).toEqual({
    ok: false,
    diagnostics: [
      {
        code: "postgres/server-too-old",
        severity: "error",
        message: 'the server of target "server" is PostgreSQL 13; Galley needs 14 or later',
        at: undefined,
        notes: [],
        help: "upgrade the server, or choose another target with --target",
      },
    ],
  });
});
