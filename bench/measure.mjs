/** Numbers of one kind in, what is said of them out: medians, and medians of ratios of neighbours in time. */

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * Each round does every piece of work once, one after another, so that a slow minute of the machine slows all of them.
 * A piece answers with its own seconds, or is timed from outside.
 */
export const interleaved = async (rounds, works) => {
  const seconds = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      const startedAt = performance.now();
      const own = await work();
      seconds[name].push(typeof own === "number" ? own : (performance.now() - startedAt) / 1000);
    }
  }
  return seconds;
};

/** The median of the ratios within each round, with the lowest and the highest. */
export const ratioOf = (values, floors) => {
  const ratios = values.map((value, i) => value / floors[i]);
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
};

export const inSeconds = (value) => `${value.toFixed(value < 1 ? 3 : 2)} s`;

export const asRatio = ({ median: middle, lowest, highest }) =>
  `${middle.toFixed(2)} × (${lowest.toFixed(2)}–${highest.toFixed(2)})`;

/** One line of the table of results. `target`: what is aimed at, with whether it was reached. */
export const figure = (work, measured, floor, ratio, target, isReached) => ({
  work,
  measured,
  floor,
  ratio,
  target: target === "" ? "" : `${target}: ${isReached ? "reached" : "missed"}`,
});
