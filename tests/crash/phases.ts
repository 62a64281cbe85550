/** Which part of a build a message belongs to, told from the messages themselves, in the order in which they are sent. */
import type { Message } from "./message-proxy.ts";

export type Phase = "prepare" | "build" | "test" | "publish" | "drop";

/** A message, and its number within its phase. */
export type Placed = { readonly phase: Phase; readonly nth: number };

/** One for each build. */
export const phaseTeller = (): ((message: Message) => Placed) => {
  const counts = new Map<Phase, number>();
  let stage: Exclude<Phase, "test"> = "prepare";
  const stageOf = (text: string): Exclude<Phase, "test"> => {
    if (stage === "prepare" && text.includes("/* galley: ")) return "build";
    if (stage === "build" && BUILT.test(text)) return "publish";
    return stage;
  };
  return ({ text }) => {
    stage = stageOf(text);
    const phase = stage === "build" && text.startsWith(TEST) ? "test" : stage;
    const nth = counts.get(phase) ?? 0;
    counts.set(phase, nth + 1);
    // What comes after COMMIT takes the old relations away, and says how the run has ended.
    if (stage === "publish" && text === "commit") stage = "drop";
    return { phase, nth };
  };
};

/** What was built is written down, once all of it is. */
const BUILT = /^update "galley"\.nodes n set rows/;

const TEST = "begin isolation level repeatable read read only";
