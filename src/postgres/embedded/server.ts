/** A running embedded server, as whoever connects to it needs to know it. */

export type EmbeddedServer = {
  /** The folder of the socket, by way of a file descriptor that is held until `close`; else 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Secret. */
  readonly password: string;
  readonly database: string;
  /** 18.4 */
  readonly version: string;
  /** Over TCP, for other programs; secret. */
  readonly url: string;
  readonly pid: number;
  readonly projectRoot: string;
  /** The data folder was made just now. */
  readonly isFirstStart: boolean;
  readonly wasRunning: boolean;
  readonly startedMs: number;
  /** Lets go of the data folder. The server goes on. */
  readonly close: () => Promise<void>;
};
