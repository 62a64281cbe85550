/** From the words after --select or --exclude to terms: each an intersection of criteria with their graph operators. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { suggest } from "../../lib/suggest.ts";
import { isMethodName, METHOD_NAMES, type MethodName } from "./methods.ts";

/** One word: `+tag:nightly,stats`. What it selects is what all its criteria select. */
export type Term = { readonly text: string; readonly criteria: readonly Criterion[] };

export type Criterion = {
  readonly text: string;
  readonly method: MethodName;
  /** The path after `config.`; empty for other methods. */
  readonly configPath: readonly string[];
  readonly value: string;
  /** Steps upward and downward; Infinity for a bare `+`. */
  readonly above: number;
  readonly below: number;
  /** `@a`: everything below, and all that it needs. */
  readonly isClosure: boolean;
};

export type Parsed = { readonly terms: readonly Term[]; readonly diagnostics: readonly Diagnostic[] };

export const parseTerms = (words: readonly string[]): Parsed => {
  const terms: Term[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const word of words.flatMap((w) => w.split(/\s+/)).filter((w) => w !== "")) {
    const criteria = word.split(",").map((part) => parseCriterion(part, word));
    diagnostics.push(...criteria.flatMap((c) => (c.ok ? [] : [c.diagnostic])));
    terms.push({ text: word, criteria: criteria.flatMap((c) => (c.ok ? [c.value] : [])) });
  }
  return { terms, diagnostics };
};

type Result =
  | { readonly ok: true; readonly value: Criterion }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

const PATTERN = /^(@)?(?:(\d*)(\+))?(?:([a-z_]+(?:\.[\w.]+)?):)?(.*?)(?:(\+)(\d*))?$/is;

const parseCriterion = (text: string, word: string): Result => {
  const [, at, aboveSteps, above, method, value = "", below, belowSteps] = PATTERN.exec(text) ?? [];
  if (value === "" || value === "@" || value.startsWith("+")) return malformed(text, word);
  if (at !== undefined && (above !== undefined || below !== undefined)) {
    const diagnostic = errorOf("select/malformed-expression", `"${text}" has both @ and +`, {
      help: `"@${value}" already takes everything below ${value} and all that it needs`,
    });
    return { ok: false, diagnostic };
  }
  const [name = "", ...configPath] = (method ?? impliedMethod(value)).split(".");
  if (!isMethodName(name) || (name === "config") !== configPath.length > 0) return unknownMethod(method ?? name);
  return {
    ok: true,
    value: {
      text,
      method: name,
      configPath,
      value,
      above: above === undefined ? 0 : stepsOf(aboveSteps),
      below: below === undefined ? 0 : stepsOf(belowSteps),
      isClosure: at !== undefined,
    },
  };
};

const stepsOf = (digits: string | undefined): number =>
  digits === undefined || digits === "" ? Number.POSITIVE_INFINITY : Number(digits);

/** As dbt reads a word without a method: a path has a slash, a file an extension, the rest is a name. */
const impliedMethod = (value: string): MethodName => {
  if (value.includes("/")) return "path";
  return /\.(sql|csv|yml|yaml)$/i.test(value) ? "file" : "fqn";
};

const malformed = (text: string, word: string): Result => ({
  ok: false,
  diagnostic: errorOf(
    "select/malformed-expression",
    text === "" ? `"${word}" has an empty part beside a comma` : `"${text}" names nothing to select`,
    {
      help: 'write a name or a method and a value, as in "team_form+", "tag:nightly" or "stats,config.materialized:view"',
    },
  ),
});

const unknownMethod = (method: string): Result => {
  const near = suggest(method, METHOD_NAMES);
  const known = METHOD_NAMES.map((name) => (name === "config" ? "config.<key>:" : `${name}:`)).join(" ");
  return {
    ok: false,
    diagnostic: errorOf("select/unknown-method", `no selection method is called "${method}"`, {
      help:
        near === undefined || near === method
          ? `the methods are ${known}`
          : `did you mean "${near}:"? The methods are ${known}`,
    }),
  };
};
