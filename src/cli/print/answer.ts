/** An answer as `--log-format` wants it: text for people, or one JSON object a line, named as events name their fields. */
import { logFormat } from "../flags.ts";
import type { Call } from "../verb.ts";

/** Objects of an answer have no `v` and no `kind`, so that they are told apart from the events between them. */
export const printAnswer = (call: Call, text: () => readonly string[], objects: () => readonly object[]): void => {
  if (call.read(logFormat) === "json") for (const object of objects()) call.hand(JSON.stringify(snakeCased(object)));
  else for (const line of text()) call.print(line);
};

const fieldName = (name: string): string =>
  name
    .replace(/^is(?=[A-Z])/, "")
    .replace(/^[A-Z]/, (letter) => letter.toLowerCase())
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What is undefined is left out, as JSON does. */
const snakeCased = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [fieldName(name), snakeCased(inner)]));
};
