/**
 * A proxy between the program and the server that reads PostgreSQL's protocol just far enough to see each message that
 * is sent, so that a test can strike at a message instead of at a time.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What the program has sent: the text of a query, or that a COPY has ended. */
export type Message = { readonly connection: number; readonly text: string };

/**
 * `unsent`: the server never sees it. `sent`: the server has it, and nobody waits for the answer. `answered`: it is done,
 * and the program never learns so.
 */
export type Moment = "unsent" | "sent" | "answered";

type Strike = { readonly moment: Moment; readonly strike: () => void };

export type MessageProxy = {
  readonly port: number;
  /** Asked for each message of whatever connects, in the order in which they come; undefined lets it pass. */
  readonly watch: (decide: (message: Message) => Strike | undefined) => void;
  /** Resolves when nobody is connected any more. */
  readonly quiet: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export const startProxy = async (serverPort: () => number): Promise<MessageProxy> => {
  let decide: (message: Message) => Strike | undefined = () => undefined;
  const open = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((program) => {
    const connection = connections++;
    const upstream = connect(serverPort(), "127.0.0.1");
    for (const socket of [program, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // The other side's end says enough.
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    // The kernel closes a killed program's sockets; so does this one, and the other way round.
    program.on("close", () => upstream.destroy());
    upstream.on("close", () => program.destroy());
    const closed = Promise.all([closeOf(program), closeOf(upstream)]).then(() => void open.delete(closed));
    open.add(closed);
    relay(program, upstream, (text) => decide({ connection, text }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    watch: (next) => {
      decide = next;
    },
    quiet: async () => void (await Promise.all(open)),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
};

/** Whatever ended it; `once` would reject where that was an error. */
const closeOf = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("close", () => resolve()));

const relay = (program: Socket, upstream: Socket, decide: (text: string) => Strike | undefined): void => {
  let onReady: (() => void) | undefined;
  let isStruck = false;
  const fromProgram = frameReader("startup");
  program.on("data", (chunk: Buffer) => {
    for (const frame of fromProgram(chunk)) {
      if (isStruck) return;
      const text = textOf(frame);
      const strike = text === undefined ? undefined : decide(text);
      if (strike?.moment !== "unsent" && upstream.writable) upstream.write(frame.bytes);
      if (strike === undefined) continue;
      isStruck = true;
      if (strike.moment === "answered") onReady = strike.strike;
      else strike.strike();
    }
  });
  const fromServer = frameReader("typed");
  upstream.on("data", (chunk: Buffer) => {
    // After the strike the program hears nothing any more.
    if (!isStruck && program.writable) program.write(chunk);
    for (const { type } of fromServer(chunk)) if (type !== undefined && ANSWERED.has(type)) onReady?.();
  });
};

/** Ready for a query, or for the rows of a COPY. */
const ANSWERED: ReadonlySet<string> = new Set(["Z", "G"]);

type Frame = { readonly type: string | undefined; readonly bytes: Buffer };

/** Cuts a stream into messages. The first one that a program sends has no type. */
const frameReader = (begins: "startup" | "typed"): ((chunk: Buffer) => readonly Frame[]) => {
  let rest: Buffer = Buffer.alloc(0);
  let isTyped = begins === "typed";
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const head = isTyped ? 1 : 0;
      if (rest.length < head + 4) return frames;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return frames;
      const bytes = rest.subarray(0, length);
      frames.push({ type: isTyped ? String.fromCharCode(bytes[0] ?? 0) : undefined, bytes });
      rest = rest.subarray(length);
      isTyped = true;
    }
  };
};

const textOf = ({ type, bytes }: Frame): string | undefined => {
  if (type === "Q") return bytes.toString("utf8", 5, bytes.length - 1);
  return type === "c" ? "COPY ends" : undefined;
};
