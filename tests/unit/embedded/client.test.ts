import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { makeClient } from "../../../src/postgres/client.ts";

const SECRET = "kept-to-ourselves";

let server: Server;
let heard: string;

afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Answers the greeting with a request for a password, as whoever took over a free port would. */
const impostor = async (request: readonly number[]): Promise<number> => {
  heard = "";
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(Buffer.from([0x52, 0, 0, 0, 4 + request.length, ...request])));
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : expect.fail("no port");
};

const attempt = async (port: number): Promise<unknown> => {
  const client = makeClient({ host: "127.0.0.1", port, user: "u", password: SECRET, ssl: false, isScramOnly: true });
  client.on("error", () => undefined);
  const error = await client.connect().then(
    () => undefined,
    (e: unknown) => e,
  );
  await client.end().catch(() => undefined);
  return error;
};

test("a password that is asked for in clear is not told", async () => {
  const port = await impostor([0, 0, 0, 3]);
  expect(await attempt(port)).toMatchObject({ message: expect.stringContaining("asked for the password in clear") });
  expect(heard).not.toContain(SECRET);
});

test("nor is its MD5", async () => {
  const port = await impostor([0, 0, 0, 5, 1, 2, 3, 4]);
  expect(await attempt(port)).toMatchObject({ message: expect.stringContaining("asked for the password in clear") });
  expect(heard).not.toContain("md5");
});
