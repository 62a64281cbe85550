/** Failures and thresholds in, how a data test ended out. */
import type { Threshold } from "./config.ts";
import type { DataTestNode } from "./manifest.ts";

/** A threshold that is a number is about the failures up to the test's `limit`; one that is a share, about all of them. */
export const statusOf = (
  { severity, errorIf, warnIf, limit }: DataTestNode["config"],
  failures: number,
  rows: number | undefined,
): "pass" | "warn" | "fail" => {
  const counted = limit === undefined ? failures : Math.min(failures, limit);
  const isOver = (threshold: Threshold): boolean => isBeyond(threshold, threshold.isPercent ? failures : counted, rows);
  if (severity === "error" && isOver(errorIf)) return "fail";
  return isOver(warnIf) ? "warn" : "pass";
};

/** A percentage is of the rows judged; of none, nothing can have failed. */
export const isBeyond = (
  { operator, value, isPercent }: Threshold,
  failures: number,
  rows: number | undefined,
): boolean => {
  const measured = isPercent ? (100 * failures) / Math.max(rows ?? 0, 1) : failures;
  if (operator === ">") return measured > value;
  if (operator === ">=") return measured >= value;
  if (operator === "<") return measured < value;
  if (operator === "<=") return measured <= value;
  return operator === "=" ? measured === value : measured !== value;
};
