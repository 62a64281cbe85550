/** From something thrown that nobody expected to the words that help to report it. */
import { inSources } from "./source-places.ts";

/** A bug is nobody's data and nobody's project: it ends as what could not be evaluated. */
export const BUG_EXIT = 3;

export const bugText = (thrown: unknown, version: string): string => {
  const lines = [
    "",
    "this is a bug in galley, not in your project: please report it with what follows",
    "",
    inSources(stackOf(thrown)),
    "",
    `galley ${version} · node ${process.version} · ${process.platform} ${process.arch}`,
  ];
  return `${lines.join("\n")}\n`;
};

/** The chain of causes, each with its stack. */
const stackOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const stack = thrown.stack ?? `${thrown.name}: ${thrown.message}`;
  return thrown.cause === undefined ? stack : `${stack}\ncaused by ${stackOf(thrown.cause)}`;
};
