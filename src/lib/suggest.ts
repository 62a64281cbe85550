/** From a name that nobody knows and the names that exist, the ones that were probably meant. */

/** The one name that was probably meant, for "did you mean"; undefined when none is near. */
export const suggest = (name: string, candidates: Iterable<string>): string | undefined =>
  nearest(name, candidates, 1)[0];

/** Up to `count` near names, nearest first: small slips of typing; where there are none, names that hold what was written. */
export const nearest = (name: string, candidates: Iterable<string>, count: number): readonly string[] => {
  const wanted = name.toLowerCase();
  const limit = slipsAllowed(wanted.length);
  const others = [...new Set(candidates)].filter((candidate) => candidate !== name);
  const slips = others.flatMap((candidate) => {
    const isNear = Math.abs(wanted.length - candidate.length) <= limit;
    const distance = isNear ? editDistance(wanted, candidate.toLowerCase()) : Number.POSITIVE_INFINITY;
    return distance <= limit ? [{ candidate, distance }] : [];
  });
  const found =
    slips.length > 0
      ? slips
      : others
          .filter((candidate) => holds(wanted, candidate.toLowerCase()))
          .map((candidate) => ({ candidate, distance: Math.abs(wanted.length - candidate.length) }));
  return found
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map((f) => f.candidate);
};

/** A third of the letters, at most three: more is another word. */
const slipsAllowed = (length: number): number => Math.min(3, Math.max(length < 3 ? 0 : 1, Math.floor(length / 3)));

const SHORTEST_PART = 4;

/** Either holds the other. */
const holds = (a: string, b: string): boolean =>
  (a.length >= SHORTEST_PART && b.includes(a)) || (b.length >= SHORTEST_PART && a.includes(b));

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export const editDistance = (a: string, b: string): number => {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let best = Math.min(at(last, j) + 1, at(current, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) best = Math.min(best, at(beforeLast, j - 2) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
};

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
