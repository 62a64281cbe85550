/** A wire between Galley and the server that a test can cut: what the client sends is seen before it goes on. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

type Wire = {
  readonly client: Socket;
  readonly server: Socket;
};

/** Called for each piece that the client sends; `held` goes no further. */
export type OnSent = (piece: Buffer, wire: Wire) => "passed" | "held";

export type TestProxy = {
  readonly url: string;
  /** From now on nobody is let in, or everybody again; who is turned away is told of. `later`: as a server that recovers. */
  readonly admit: (who: "nobody" | "later" | "everybody", onRefused?: () => void) => void;
  /** Ends every connection, as a server does that goes away. */
  readonly cut: () => void;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export const withProxy = async (url: string, onSent: OnSent): Promise<TestProxy> => {
  const target = new URL(url);
  let admitted: "nobody" | "later" | "everybody" = "everybody";
  let told = (): void => undefined;
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    if (admitted !== "everybody") {
      if (admitted === "nobody") client.destroy();
      else client.once("data", () => client.end(RECOVERING)).on("error", () => undefined);
      told();
      return;
    }
    const server = connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (piece: Buffer) => {
      if (onSent(piece, { client, server }) === "passed") server.write(piece);
    });
    server.on("data", (piece: Buffer) => client.write(piece));
    client.on("end", () => server.end());
    server.on("end", () => client.end());
    server.on("close", () => client.destroy());
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((listener.address() as AddressInfo).port);
  return {
    url: through.href,
    admit: (who, onRefused = () => undefined) => {
      admitted = who;
      told = onRefused;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
};

/** The server's word to whoever connects while it recovers. */
const FIELDS = ["SFATAL", "C57P03", "Mthe database system is starting up", "", ""].join("\0");
const RECOVERING = Buffer.concat([Buffer.from(["E".charCodeAt(0), 0, 0, 0, FIELDS.length + 4]), Buffer.from(FIELDS)]);

const COMMIT = Buffer.from("commit\0");

/** The simple query that is COMMIT and nothing else: publish's own. */
export const isCommit = (piece: Buffer): boolean =>
  piece.length === COMMIT.length + 5 && piece[0] === "Q".charCodeAt(0) && piece.subarray(5).equals(COMMIT);
