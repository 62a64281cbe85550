/** Asks before something that cannot be undone; where there is no terminal the answer is no. */
import type { ReadStream } from "node:tty";
import type { ProcessOutput } from "./output.ts";

export const confirmOn =
  (stdin: ReadStream, err: ProcessOutput) =>
  async (question: string): Promise<boolean> => {
    if (!stdin.isTTY || !err.isTerminal) return false;
    const { createInterface } = await import("node:readline/promises");
    const dialog = createInterface({ input: stdin, output: process.stderr });
    try {
      const answer = await dialog.question(`${question} [y/N] `);
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      dialog.close();
    }
  };
