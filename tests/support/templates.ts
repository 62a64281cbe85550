/** Templates from texts, evaluated in a small made-up project; pieces and diagnostics in a form that reads well. */
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../src/domain/diagnostic.ts";
import { nodeId } from "../../src/domain/names.ts";
import { type RenderedPiece, RUN_FACTS } from "../../src/domain/rendered.ts";
import type { Span } from "../../src/domain/source.ts";
import type { PlainValue } from "../../src/domain/tree.ts";
import { type Evaluation, evaluate, type Scope } from "../../src/template/evaluate.ts";
import { parseTemplate, type Template } from "../../src/template/parse.ts";

export const templateOf = (text: string, path = "models/m.sql"): Template => {
  const parsed = parseTemplate({ path, text });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map((d) => `${d.code}: ${d.message}`).join("\n"));
  return parsed.value;
};

const VARS: Scope["vars"] = new Map<string, PlainValue>([
  ["games", 5],
  ["text", "o'clock"],
  ["on", true],
  ["off", false],
  ["none", null],
  ["empty", []],
  ["windows", [5, 10]],
  ["codes", ["NBA", "ABA"]],
  ["sport", { name: "basketball", players: 5 }],
]);

/** References resolve to any model but `lost`. */
export const scopeOf = (macros: Readonly<Record<string, string>> = {}, parameters?: Scope["parameters"]): Scope => ({
  vars: VARS,
  env: (name) => ({ SECRET: "hush", EMPTY: "" })[name],
  target: { name: "dev", type: "embedded", schema: "analytics", schema_prefix: "", threads: 4 },
  isIncremental: false,
  macros: new Map(Object.entries(macros).map(([name, text]) => [name, templateOf(text, `macros/${name}.sql`)])),
  resolve: (request, at) => {
    const name = request.kind === "ref" ? request.name : `${request.source}.${request.table}`;
    return name === "lost"
      ? failed(errorOf("link/unknown-reference", "no model, seed or source has this name", { at }))
      : ok(nodeId(`${request.kind === "ref" ? "model" : "source"}.nba.${name}`));
  },
  parameters,
  runFacts: RUN_FACTS,
});

export const evaluation = (text: string, scope: Scope = scopeOf()): Outcome<Evaluation> => {
  const parsed = parseTemplate({ path: "models/m.sql", text });
  return parsed.ok ? evaluate(parsed.value, scope) : parsed;
};

/** `<model.nba.x>` for a reference, `<this>`, `<run_started_at>`, `•text•` for a secret. */
export const rendered = (text: string, scope: Scope = scopeOf()): string => {
  const outcome = evaluation(text, scope);
  if (!outcome.ok) throw new Error(outcome.diagnostics.map(shown).join("\n"));
  return outcome.value.pieces.map(shownPiece).join("");
};

const shownPiece = (piece: RenderedPiece): string => {
  if (piece.kind === "text") return piece.isSecret ? `•${piece.text}•` : piece.text;
  if (piece.kind === "reference") return `<${piece.node}>`;
  return piece.kind === "this" ? "<this>" : `<${piece.fact}>`;
};

/** What is wrong, each as `code at "text": message; help`. */
export const complaints = (text: string, scope: Scope = scopeOf()): readonly string[] => {
  const outcome = evaluation(text, scope);
  return (outcome.ok ? outcome.warnings : outcome.diagnostics).map(shown);
};

export const shown = ({ code, message, at, help }: Diagnostic): string =>
  `${code} at ${at === undefined ? "nowhere" : JSON.stringify(textAt(at))}: ${message}${help === undefined ? "" : `; ${help}`}`;

export const textAt = ({ file, start, end }: Span): string => file.text.slice(start, end);
