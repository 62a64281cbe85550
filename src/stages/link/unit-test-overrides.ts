/** From `overrides` of a unit test to the scope that its templates are evaluated in. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { PlainValue, TreeEntry } from "../../domain/tree.ts";
import { plainOf } from "../../domain/tree.ts";
import { locatedText, typedScalar } from "../../domain/tree-read.ts";
import type { UnitTestProperties } from "../../domain/unit-test.ts";
import { suggest } from "../../lib/suggest.ts";
import type { Scope } from "../../template/evaluate.ts";
import type { Template } from "../../template/syntax.ts";

export type Overridden = {
  readonly scope: Scope;
  readonly startedAt: Date | undefined;
  /** Something else than `is_incremental`, of which a model has both bodies. */
  readonly isChanged: boolean;
};

/** Dates without a zone are UTC. */
export const overridden = (
  { overrides }: Pick<UnitTestProperties, "overrides">,
  scope: Scope,
  found: Diagnostic[],
): Overridden => {
  const vars = new Map(scope.vars);
  for (const { key, value } of overrides.vars) {
    if (vars.has(key.value)) vars.set(key.value, plainOf(value));
    else found.push(unknown("var", key, [...vars.keys()], "vars are declared in project.yml, under `vars:`"));
  }
  const env = new Map(overrides.envVars.map((e) => [e.key.value, textOf(plainOf(e.value))]));
  const macros = new Map(scope.macros);
  let { isIncremental } = scope;
  let startedAt: Date | undefined;
  for (const entry of overrides.macros) {
    const name = entry.key.value.replace(/^.*\./, "");
    if (name === "is_incremental") isIncremental = incrementalOf(entry, found);
    else if (name === "run_started_at") startedAt = timeOf(entry, found);
    else overrideMacro(entry, name, macros, found);
  }
  const ownMacros = overrides.macros.some((e) => !/(^|\.)(is_incremental|run_started_at)$/.test(e.key.value));
  return {
    scope: { ...scope, vars, macros, isIncremental, env: (name) => env.get(name) ?? scope.env(name) },
    startedAt,
    isChanged: ownMacros || overrides.vars.length + overrides.envVars.length > 0,
  };
};

const textOf = (value: PlainValue): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

const incrementalOf = ({ value }: TreeEntry, found: Diagnostic[]): boolean => {
  const given = typedScalar(value);
  if (typeof given === "boolean") return given;
  found.push(errorOf("link/bad-unit-test", "`is_incremental` is true or false", { at: value.span }));
  return false;
};

const timeOf = ({ value }: TreeEntry, found: Diagnostic[]): Date | undefined => {
  const text = locatedText(value)?.value ?? "";
  const isZoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const time = new Date(isZoned || !/\d:\d/.test(text) ? text : `${text.trim().replace(" ", "T")}Z`);
  if (!Number.isNaN(time.getTime())) return time;
  const help = "write it as 2026-01-31 or 2026-01-31T12:00:00Z";
  found.push(errorOf("link/bad-unit-test", "`run_started_at` is a time", { at: value.span, help }));
  return undefined;
};

/** The macro is called as before, and what it gives is this SQL. */
const overrideMacro = (
  { key, value }: TreeEntry,
  name: string,
  macros: Map<string, Template>,
  found: Diagnostic[],
): void => {
  const macro = macros.get(name);
  const text = locatedText(value);
  if (macro === undefined) {
    const names = ["is_incremental", "run_started_at", ...macros.keys()];
    found.push(unknown("macro", key, names, "`is_incremental`, `run_started_at` and the project's macros can be set"));
  } else if (text === undefined)
    found.push(errorOf("link/bad-unit-test", "a macro gives SQL, as text", { at: value.span }));
  else {
    const statement = { kind: "text", text: text.value, span: text.span } as const;
    macros.set(name, { ...macro, config: undefined, body: [statement] });
  }
};

const unknown = (
  what: string,
  { value, span }: TreeEntry["key"],
  names: readonly string[],
  otherwise: string,
): Diagnostic => {
  const near = suggest(value, names);
  return errorOf("link/bad-unit-test", `there is no ${what} \`${value}\` to override`, {
    at: span,
    help: near === undefined ? otherwise : `did you mean \`${near}\`?`,
  });
};
