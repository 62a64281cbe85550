/** Where a check of leakage builds: schemas of its own beside live, and the names in them. */
import { byteLength, MAX_NAME_BYTES, type RelationName } from "../../../domain/names.ts";
import { hashOf } from "../../../lib/hash.ts";

/** How many cut-offs may be rebuilt side by side. */
export const MOST_LANES = 8;

/** `base`: copies of the sources, and all built from them. `twin`: the same from rows in another order. The rest are lanes. */
export const leakageSchemas = (bookkeeping: string): readonly string[] =>
  ["base", "twin", ...Array.from({ length: MOST_LANES }, (_, i) => `lane_${i + 1}`)]
    .map((room) => roomOf(bookkeeping, room))
    .sort();

const roomOf = (bookkeeping: string, room: string): string => `${bookkeeping}__check_${room}`;

export const baseOf = (bookkeeping: string): string => roomOf(bookkeeping, "base");
export const twinOf = (bookkeeping: string): string => roomOf(bookkeeping, "twin");
export const laneOf = (bookkeeping: string, number: number): string => roomOf(bookkeeping, `lane_${number}`);

/** Names of nodes are unique; a source has a dot in its own, and may be too long for a relation. */
export const placeIn = (schema: string, name: string): RelationName => ({
  schema,
  name: byteLength(name) <= MAX_NAME_BYTES ? name : hashOf(name).slice(0, 32),
});
