/** From a name that nobody knows and the names that exist, the ones that were probably meant. */

/** The one name that was probably meant, for "did you mean"; undefined when none is near. */
export const suggest = (name: string, candidates: Iterable<string>): string | undefined =>
  nearest(name, candidates, 1)[0];

/** Up to `count` near names, nearest first: small typing slips, then names that contain what was written. */
export const nearest = (name: string, candidates: Iterable<string>, count: number): readonly string[] => {
  const wanted = name.toLowerCase();
  const limit = slipsAllowed(wanted.length);
  const found: { readonly name: string; readonly distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === name) continue;
    const distance = distanceWithin(wanted, candidate.toLowerCase(), limit);
    if (distance !== undefined) found.push({ name: candidate, distance });
  }
  return found
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map((f) => f.name);
};

/** A third of the letters, at most three: more is another word. */
const slipsAllowed = (length: number): number => Math.min(3, Math.max(length < 3 ? 0 : 1, Math.floor(length / 3)));

const SHORTEST_PART = 4;

const distanceWithin = (wanted: string, candidate: string, limit: number): number | undefined => {
  if (Math.abs(wanted.length - candidate.length) <= limit) {
    const distance = editDistance(wanted, candidate);
    if (distance <= limit) return distance;
  }
  const isPart =
    (wanted.length >= SHORTEST_PART && candidate.includes(wanted)) ||
    (candidate.length >= SHORTEST_PART && wanted.includes(candidate));
  return isPart ? limit + Math.abs(wanted.length - candidate.length) : undefined;
};

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
