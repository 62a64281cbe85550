/** A pooler in transaction mode, as small as can be: one session of the server, lent to any client for a message at a time. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type TestPooler = { readonly url: string; readonly [Symbol.asyncDispose]: () => Promise<void> };

const READY = 0x5a;

/** The first client logs in at the server; the others get the answer that it got. */
export const withPooler = async (url: string): Promise<TestPooler> => {
  const target = new URL(url);
  const server = connect(Number(target.port), target.hostname);
  await once(server, "connect");
  const sockets = new Set<Socket>([server]);
  let welcome: Buffer | undefined;
  let answered: Promise<unknown> = Promise.resolve();
  const listener = createServer((client) => {
    sockets.add(client);
    for (const socket of [client, server]) socket.on("error", () => undefined);
    if (welcome === undefined) welcomeFirst(client);
    else
      client.once("data", () => {
        client.write(welcome ?? Buffer.alloc(0));
        lend(client);
      });
  });

  const welcomeFirst = (client: Socket): void => {
    const said: Buffer[] = [];
    const fromClient = (piece: Buffer): void => void server.write(piece);
    const fromServer = (piece: Buffer): void => {
      client.write(piece);
      said.push(piece);
      const all = Buffer.concat(said);
      if (!endsReady(all)) return;
      client.off("data", fromClient);
      server.off("data", fromServer);
      welcome = afterLogin(all);
      lend(client);
    };
    client.on("data", fromClient);
    server.on("data", fromServer);
  };

  const lend = (client: Socket): void => {
    client.on("data", (message: Buffer) => {
      // A client that leaves does not end the server's session.
      if (message[0] === "X".charCodeAt(0)) return;
      answered = answered.then(() => exchange(client, message));
    });
  };

  const exchange = (client: Socket, message: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const said: Buffer[] = [];
      const fromServer = (piece: Buffer): void => {
        client.write(piece);
        said.push(piece);
        if (!endsReady(Buffer.concat(said))) return;
        server.off("data", fromServer);
        resolve();
      };
      server.on("data", fromServer);
      server.write(message);
    });

  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((listener.address() as AddressInfo).port);
  return {
    url: through.href,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
};

/** ReadyForQuery has a length of five and one letter. */
const endsReady = (said: Buffer): boolean => said.length >= 6 && said[said.length - 6] === READY;

/** From AuthenticationOk on: what a server says to whom it knows already. */
const afterLogin = (said: Buffer): Buffer => said.subarray(said.indexOf(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])));
