/** From texts to a fingerprint that is the same on every machine. */
import { createHash } from "node:crypto";

/** SHA-256 in hex. Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ. */
export const hashOf = (...parts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
};
