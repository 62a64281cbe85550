/** From a table and what tells its partitions apart to their names: the same for the same rows, at most 63 bytes each. */
import { byteLength, cutToBytes, MAX_NAME_BYTES } from "../../../domain/names.ts";

/** A value that names a partition may be a whole sentence; the table's name keeps room beside it. */
const LONGEST_SUFFIX = 40;

/** `taken` are names that no partition may have: the project's other relations of the schema. */
export const partitionNames = (
  table: string,
  suffixes: readonly string[],
  taken: readonly string[],
): readonly string[] => {
  const used = new Set(taken);
  return suffixes.map((suffix) => {
    for (let n = 1; ; n++) {
      const end = `_${cutToBytes(suffix, LONGEST_SUFFIX)}${n === 1 ? "" : `_${n}`}`;
      const name = cutToBytes(table, MAX_NAME_BYTES - byteLength(end)) + end;
      if (used.has(name)) continue;
      used.add(name);
      return name;
    }
  });
};

/** `p2000`, `pm5`: the first number of a stretch. */
export const numberSuffix = (from: string): string => `p${from.replace("-", "m").replace(/\W.*$/, "")}`;

/** `p_nba`: what of a value may stand in a name without quotes. */
export const valueSuffix = (value: string | null): string =>
  value === null ? "p_null" : `p_${value.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_")}`;
