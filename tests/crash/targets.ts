/** Where to strike: each message boundary of each phase, and times within a message, in an order that the seed gives. */
import type { Moment } from "./message-proxy.ts";
import type { Phase } from "./phases.ts";
import type { Random } from "./random.ts";

export type Target = {
  readonly phase: Phase;
  /** The number of the message within its phase. */
  readonly nth: number;
  readonly moment: Moment;
  /** Between a message that was sent and the strike; 0 strikes at once. */
  readonly delayMs: number;
};

export const nameOf = ({ phase, nth, moment, delayMs }: Target): string =>
  `${phase}, message ${nth + 1} ${moment}${delayMs === 0 ? "" : ` ${delayMs} ms before`}`;

/** How many of each phase; `messages` is what an undisturbed build sends in each. */
export const targetsOf = (
  wanted: Readonly<Record<Phase, number>>,
  messages: ReadonlyMap<Phase, number>,
  random: Random,
): readonly Target[] => {
  const all = [...messages].flatMap(([phase, count]) => {
    const boundaries = Array.from({ length: count }, (_, nth) =>
      MOMENTS.map((moment): Target => ({ phase, nth, moment, delayMs: 0 })),
    ).flat();
    const order = random.shuffled(boundaries);
    // Whatever else is left to chance, COMMIT is struck at.
    const atCommit = order
      .filter(({ nth }) => phase === "publish" && nth === count - 1)
      .slice(0, wanted[phase] / 5 + 1);
    const first = [...atCommit, ...order.filter((t) => !atCommit.includes(t))].slice(0, wanted[phase]);
    // When every boundary has been struck at, the rest falls within messages.
    const within = Array.from({ length: wanted[phase] - first.length }, (): Target => {
      return { phase, nth: random.below(count), moment: "sent", delayMs: 1 + random.below(LONGEST_DELAY_MS) };
    });
    return [...first, ...within];
  });
  return random.shuffled(all);
};

const MOMENTS: readonly Moment[] = ["unsent", "sent", "answered"];
const LONGEST_DELAY_MS = 25;
