/** From what the command line and the environment say to the value of each flag; the command line wins. */
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { suggest } from "../lib/suggest.ts";
import type { Flag, FlagValue, ReadFlag } from "./flags.ts";

export type FlagSource = {
  /** As yargs gives it: a text, a boolean, or a list of them. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
};

type Value = boolean | number | string | readonly string[] | undefined;

export const flagReader = (
  flags: readonly Flag[],
  source: FlagSource,
): { readonly read: ReadFlag; readonly wrongValues: readonly Diagnostic[] } => {
  const values = new Map<string, Value>();
  const wrongValues: Diagnostic[] = [];
  for (const flag of flags) {
    const found = interpretedValue(flag, source);
    if (found.ok) values.set(flag.name, found.value);
    else wrongValues.push(found.diagnostic);
  }
  // A verb reads only flags that it declared: then the value has the kind of its flag.
  const read = <F extends Flag>(flag: F): FlagValue<F> => {
    if (!values.has(flag.name)) throw new Error(`the verb does not declare --${flag.name}`);
    return values.get(flag.name) as FlagValue<F>;
  };
  return { read, wrongValues };
};

type Found = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly diagnostic: Diagnostic };

const interpretedValue = (flag: Flag, { given, env }: FlagSource): Found => {
  const said = given[flag.name];
  const words = said === undefined ? [] : [said].flat().map(String);
  if (words.length > 0) return interpreted(flag, words, `--${flag.name}`);
  const variable = env[flag.env];
  if (variable === undefined || variable.trim() === "") return { ok: true, value: absent(flag) };
  return interpreted(flag, isMany(flag) ? variable.trim().split(/\s+/) : [variable.trim()], flag.env);
};

const absent = (flag: Flag): Value => {
  if (flag.kind === "switch") return false;
  return isMany(flag) ? [] : undefined;
};

const isMany = ({ kind }: Flag): boolean => kind === "words" || kind === "list";

const TRUE = ["1", "true", "yes", "on"];
const FALSE = ["0", "false", "no", "off"];

/** Of a flag that takes one value and is given several times the last counts. */
const interpreted = (flag: Flag, words: readonly string[], where: string): Found => {
  const last = words.at(-1) ?? "";
  switch (flag.kind) {
    case "words":
    case "list":
      return { ok: true, value: words };
    case "switch":
      if (TRUE.includes(last.toLowerCase())) return { ok: true, value: true };
      if (FALSE.includes(last.toLowerCase())) return { ok: true, value: false };
      return bad(`${where} is switched on with 1 and off with 0, not "${last}"`);
    case "number":
      if (/^[1-9]\d{0,8}$/.test(last)) return { ok: true, value: Number(last) };
      return bad(`${where} takes a whole number above zero, not "${last}"`);
    case "count":
      if (/^\d{1,9}$/.test(last)) return { ok: true, value: Number(last) };
      return bad(`${where} takes a whole number, not "${last}"`);
    case "share":
      if (/^(0?\.\d*[1-9]\d*|1(\.0*)?)$/.test(last)) return { ok: true, value: Number(last) };
      return bad(`${where} takes a share above 0 and up to 1, as 0.1, not "${last}"`);
    case "limit":
      if (last === "" || last === "forever") return { ok: true, value: Number.POSITIVE_INFINITY };
      if (/^\d{1,9}$/.test(last)) return { ok: true, value: Number(last) };
      return bad(`${where} takes a number of seconds, or nothing, not "${last}"`);
    default:
      if (flag.choices === undefined || flag.choices.includes(last)) return { ok: true, value: last };
      return bad(`${where} is ${flag.choices.join(" or ")}, not "${last}"`, suggest(last, flag.choices));
  }
};

const bad = (message: string, near?: string): Found => ({
  ok: false,
  diagnostic: errorOf("cli/bad-value", message, { help: near === undefined ? undefined : `did you mean "${near}"?` }),
});
