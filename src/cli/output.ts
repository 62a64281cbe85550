/** The process's streams as outputs that reporters write to: colours decided once, a closed pipe taken calmly. */
import type { WriteStream } from "node:tty";
import type { Output } from "../domain/contracts/reporter.ts";

export type ProcessOutput = Output & {
  readonly isTerminal: boolean;
  /** Settles when everything written has left the process, or nobody reads any more. */
  readonly drained: () => Promise<void>;
  /** Why what was asked for could not be written (a full disk); a reader that went away is no failure. */
  readonly failure: () => Error | undefined;
};

export type ColorWish = { readonly isForbidden: boolean; readonly isForced: boolean };

/** NO_COLOR forbids (no-color.org: when it is not empty), FORCE_COLOR asks for colours in a pipe. */
export const colorWishOf = (env: Readonly<Record<string, string | undefined>>, isFlagSet: boolean): ColorWish => ({
  isForbidden: isFlagSet || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb",
  isForced: !["", "0", "false"].includes(env["FORCE_COLOR"] ?? ""),
});

export const processOutput = (stream: WriteStream, wish: ColorWish): ProcessOutput => {
  let isClosed = false;
  let failure: Error | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // `galley ls | head`: the reader has seen enough. A build goes on; only its words have nowhere to go.
    if (error.code !== "EPIPE" && error.code !== "EIO") failure = error;
    isClosed = true;
  });
  return {
    write: (text) => {
      if (!isClosed) stream.write(text);
    },
    // A terminal that does not know its size says 0.
    columns: () => (stream.isTTY && stream.columns > 0 ? stream.columns : undefined),
    hasColors: !wish.isForbidden && (wish.isForced || stream.isTTY === true),
    isTerminal: stream.isTTY === true,
    drained: () =>
      new Promise((resolve) => {
        if (isClosed || stream.destroyed) return resolve();
        stream.once("error", () => resolve());
        stream.write("", () => resolve());
      }),
    failure: () => failure,
  };
};
