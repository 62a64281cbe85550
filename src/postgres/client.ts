/** A connection's settings in, a pg client out that never sends a password to a server that asks for it in clear. */
import type { EventEmitter } from "node:events";
import pg from "pg";

export type ClientSettings = pg.ClientConfig & {
  /**
   * The server is one of ours and speaks SCRAM only: whoever asks for the password itself, or for its MD5, is somebody
   * else on a port that became free.
   */
  readonly isScramOnly?: boolean;
};

/** A host that is gone without a word: no attempt to connect, and no idle session, waits for it for ever. */
const PATIENCE = { connectionTimeoutMillis: 30_000, keepAlive: true, keepAliveInitialDelayMillis: 30_000 } as const;

export const makeClient = ({ isScramOnly, ...config }: ClientSettings): pg.Client => {
  const client = new pg.Client({ ...PATIENCE, ...config });
  if (isScramOnly === true) refuseClearText(client);
  return client;
};

export class ClearTextRequest extends Error {
  constructor() {
    super("the server asked for the password in clear: it is not the one that was started here");
  }
}

/** The driver's wire, which its types leave out. */
type Wire = EventEmitter & { readonly stream: { readonly destroy: (error: Error) => void } };

const refuseClearText = (client: pg.Client): void => {
  const { connection } = client as pg.Client & { readonly connection: Wire };
  const refuse = (): void => {
    connection.stream.destroy(new ClearTextRequest());
  };
  // Registered before the driver's own listeners, so the stream is gone when they want to write to it.
  connection.on("authenticationCleartextPassword", refuse);
  connection.on("authenticationMD5Password", refuse);
};
