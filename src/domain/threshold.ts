/** Failures and thresholds in, how a data test ended out. */
import type { Threshold } from "./config.ts";
import type { DataTestNode } from "./manifest.ts";

export const statusOf = (
  { severity, errorIf, warnIf }: DataTestNode["config"],
  failures: number,
  rows: number | undefined,
): "pass" | "warn" | "fail" => {
  if (severity === "error" && isBeyond(errorIf, failures, rows)) return "fail";
  return isBeyond(warnIf, failures, rows) ? "warn" : "pass";
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
