/** A program, its arguments and an account in; how it ended and what it said out. */
import { type SpawnOptions, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Account } from "./machine.ts";

export type Ended =
  | { readonly kind: "ended"; readonly code: number; readonly output: string }
  /** The system refused to run it: ENOENT, EACCES, EPERM. */
  | { readonly kind: "not-run"; readonly errno: string; readonly error: Error };

export type Run = {
  readonly program: string;
  readonly args: readonly string[];
  readonly account: Account | undefined;
  /** Entered before rights are dropped, so that folders above it may be closed to the account. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: number | "ignore";
};

export const runAs = async ({ program, args, account, cwd, env, stdin }: Run): Promise<Ended> => {
  const options: SpawnOptions = { ...account, cwd, env, stdio: [stdin, "pipe", "pipe"], windowsHide: true };
  try {
    const child = spawn(program, args, options);
    const ended = new Promise<Ended>((resolve) => {
      child.once("error", (error) => resolve(notRun(error)));
      child.once("close", (code) => resolve({ kind: "ended", code: code ?? 128, output: "" }));
    });
    const said = Promise.all([child.stdout, child.stderr].map((stream) => (stream === null ? "" : text(stream))));
    const [end, output] = await Promise.all([ended, said.catch(() => [])]);
    return end.kind === "ended" ? { ...end, output: output.join("") } : end;
  } catch (error) {
    // Some refusals are thrown at once instead of being an event.
    return notRun(error as Error);
  }
};

const notRun = (error: NodeJS.ErrnoException): Ended => ({ kind: "not-run", errno: error.code ?? "", error });
