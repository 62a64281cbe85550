/** What `debug` looked at, one line each. */
import type { Check } from "../../commands/answers.ts";
import { padEnd } from "../../lib/text-width.ts";

const WORDS: Readonly<Record<Check["status"], string>> = { ok: "ok", warning: "warning", wrong: "WRONG", skipped: "-" };

export const checkLines = (checks: readonly Check[]): readonly string[] => {
  const nameWidth = Math.max(0, ...checks.map((check) => check.name.length));
  return checks.map((c) => `${padEnd(c.name, nameWidth)}  ${padEnd(WORDS[c.status], 7)}  ${c.detail}`.trimEnd());
};
