/** Numbers that look random and are the same for the same seed, so that a crash can be had again. */

export type Random = {
  /** Whole, below `limit`. */
  readonly below: (limit: number) => number;
  readonly shuffled: <T>(items: readonly T[]) => readonly T[];
};

/** Mulberry32. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  const shuffled = <T>(items: readonly T[]): readonly T[] => {
    const rest = [...items];
    const order: T[] = [];
    while (rest.length > 0) order.push(...rest.splice(below(rest.length), 1));
    return order;
  };
  return { below, shuffled };
};
