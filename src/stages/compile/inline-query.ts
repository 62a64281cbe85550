/** A query that a person types (`show --inline`) in, its whole SQL out; references as in a model. */
import type { CompileRun } from "../../domain/compiled.ts";
import { type Diagnostic, failed, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { Sql } from "../../domain/sql.ts";
import { loadQueryReader } from "../../sql-syntax/read-query.ts";
import { evaluate, type Scope } from "../../template/evaluate.ts";
import { parseTemplate } from "../../template/parse.ts";
import { queriesOf } from "./queries.ts";
import { WHOLE } from "./render.ts";

export const compileInline = async (
  manifest: Manifest,
  text: string,
  scope: Scope,
  run: CompileRun,
): Promise<Outcome<Sql>> => {
  const template = parseTemplate({ path: "inline query", text });
  if (!template.ok) return template;
  const evaluated = evaluate(template.value, scope);
  if (!evaluated.ok) return evaluated;
  const found: Diagnostic[] = [...evaluated.warnings];
  const whole = queriesOf(manifest, run, await loadQueryReader(), found).whole(evaluated.value, undefined, WHOLE);
  return whole === undefined ? failed(...found) : outcomeOf(() => whole.query, found);
};
