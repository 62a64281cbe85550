/** From merged `failures:` to what becomes of failing rows. */
import type { FailuresConfig } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type Age, PERIODS } from "../../domain/freshness.ts";
import type { Tree } from "../../domain/tree.ts";
import { textAt, typedScalar, valueAt } from "../../domain/tree-read.ts";

export const DEFAULT_FAILURES: FailuresConfig = {
  show: 5,
  store: 100,
  columns: "all",
  keep: { count: 30, period: "day" },
};

/** More of one test are no sample any more, and all of them pass through memory. */
const MOST_ROWS = 10_000;

export const readFailures = (written: Tree | undefined, found: Diagnostic[]): FailuresConfig => {
  if (written?.kind !== "mapping") return DEFAULT_FAILURES;
  found.push(...checkMapping(written, "failures"));
  return {
    show: rowsOf(written, "show", found),
    store: rowsOf(written, "store", found),
    columns: textAt(written, "columns")?.value === "key" ? "key" : "all",
    keep: keepOf(valueAt(written, "keep"), found),
  };
};

const rowsOf = (written: Tree, key: "show" | "store", found: Diagnostic[]): number => {
  const value = valueAt(written, key);
  const rows = typedScalar(value);
  if (typeof rows !== "number") return DEFAULT_FAILURES[key];
  if (Number.isInteger(rows) && rows >= 0 && rows <= MOST_ROWS) return rows;
  const message = `\`${key}\` is a whole number from 0 to ${MOST_ROWS}`;
  found.push(errorOf("link/bad-failures", message, { at: value?.span }));
  return DEFAULT_FAILURES[key];
};

const keepOf = (written: Tree | undefined, found: Diagnostic[]): Age => {
  if (written?.kind !== "mapping") return DEFAULT_FAILURES.keep;
  const wrong = checkMapping(written, "freshness age");
  found.push(...wrong);
  if (wrong.some((d) => d.severity === "error")) return DEFAULT_FAILURES.keep;
  const count = typedScalar(valueAt(written, "count"));
  const period = PERIODS.find((p) => p === textAt(written, "period")?.value);
  if (typeof count === "number" && count >= 0 && period !== undefined) return { count, period };
  const help = "for example `keep: { count: 30, period: day }`";
  found.push(errorOf("link/bad-failures", "`keep` needs a count from 0 and a period", { at: written.span, help }));
  return DEFAULT_FAILURES.keep;
};
