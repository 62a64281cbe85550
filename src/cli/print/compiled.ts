/** Compiled SQL: one query is printed, of several the files are named. */
import type { CompiledText } from "../../commands/answers.ts";
import { countOf } from "../../lib/duration.ts";

export const compiledText = (compiled: readonly CompiledText[]): string => {
  const [only, ...others] = compiled;
  if (only === undefined) return "nothing to compile";
  if (others.length === 0) return only.sql.trimEnd();
  return `${countOf(compiled.length, "query", "queries")} written to target/compiled/`;
};
