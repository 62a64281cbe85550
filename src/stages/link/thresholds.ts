/** From `warn_if` and `error_if` as written to a threshold: `> 10`, `>= 1%`, `!= 0`. */
import type { Threshold } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Located } from "../../domain/source.ts";

const ANY_FAILURE: Threshold = { operator: "!=", value: 0, isPercent: false };

const FORM = /^\s*(>=|<=|!=|<>|==|=|>|<)\s*(\d+(?:\.\d+)?)\s*(%)?\s*$/;

const OPERATORS: Readonly<Record<string, Threshold["operator"]>> = {
  ">": ">",
  ">=": ">=",
  "<": "<",
  "<=": "<=",
  "=": "=",
  "==": "=",
  "!=": "!=",
  "<>": "!=",
};

export const parseThreshold = (text: string): Threshold | undefined => {
  const parts = FORM.exec(text);
  const operator = OPERATORS[parts?.[1] ?? ""];
  if (parts === null || operator === undefined) return undefined;
  return { operator, value: Number(parts[2]), isPercent: parts[3] !== undefined };
};

export const readThreshold = (key: string, text: Located<string> | undefined, found: Diagnostic[]): Threshold => {
  if (text === undefined) return ANY_FAILURE;
  const threshold = parseThreshold(text.value);
  if (threshold !== undefined) return threshold;
  const help = 'a comparison with a number of failing rows, or with a share of all: "> 10", ">= 1%", "!= 0"';
  found.push(errorOf("link/bad-threshold", `\`${key}\` cannot be read: ${text.value}`, { at: text.span, help }));
  return ANY_FAILURE;
};
