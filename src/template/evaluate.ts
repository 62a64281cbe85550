/** A template and what it may ask of the world in; SQL with its places, its references and its header out. */
import { errorOf, failed, type Outcome, outcomeOf } from "../domain/diagnostic.ts";
import type { TestArgument } from "../domain/manifest.ts";
import type { Header, Rendered, RenderedPiece } from "../domain/rendered.ts";
import type { Origin } from "../domain/source.ts";
import { headerOf } from "./header.ts";
import { bind } from "./parameters.ts";
import { type Frame, type Run, report, type Scope, topFrame } from "./run.ts";
import { commentedReferences } from "./sql-comments.ts";
import { emit } from "./statements.ts";
import type { Template } from "./syntax.ts";
import { fromData, partValue, type Value, WRITTEN } from "./value.ts";

export type { Scope } from "./run.ts";

export type Evaluation = Rendered & { readonly header: Header | undefined };

export const evaluate = (template: Template, scope: Scope): Outcome<Evaluation> => {
  const run: Run = { scope, found: [], references: new Map() };
  const frame = entryFrame(run, template);
  const pieces: RenderedPiece[] = [];
  let header: Header | undefined;
  if (frame !== undefined) {
    header = headerOf(run, frame, template);
    emit(run, frame, template.body, pieces);
    for (const warning of commentedReferences(pieces)) report(run, frame, warning);
  }
  return outcomeOf(() => ({ pieces, references: [...run.references.values()], header }), run.found);
};

/** Only `{{config …}}`: what a node is configured to be is known before its references can be resolved. */
export const readHeader = (template: Template, scope: Scope): Outcome<Header | undefined> => {
  const resolve: Scope["resolve"] = (_, at) =>
    failed(errorOf("template/bad-header", "a header holds no references", { at, help: "leave it out" }));
  const run: Run = { scope: { ...scope, resolve }, found: [], references: new Map() };
  const header = headerOf(run, topFrame(new Map(), []), template);
  return outcomeOf(() => header, run.found);
};

/** The names a template begins with: an own generic test its arguments, anything else none. */
const entryFrame = (run: Run, template: Template): Frame | undefined => {
  const { parameters } = run.scope;
  const empty = topFrame(new Map(), []);
  if (parameters === undefined) {
    if (template.params === undefined) return empty;
    const help =
      'only macros and own generic tests (macros/tests/) declare parameters; a var is read with {{var "name"}}';
    const message = "{{params}} stands in a file that nobody calls";
    return report(run, empty, errorOf("template/misplaced-tag", message, { at: template.params.span, help }));
  }
  const { at, values } = parameters;
  const given = [...values].map(([name, argument]) => ({
    name,
    nameSpan: argument.span,
    value: argumentValue(run, argument),
  }));
  const callee = topFrame(new Map(), [at]);
  const bound = bind(run, template, given, { what: stem(template.file.path), at, caller: empty, callee });
  return bound === undefined ? undefined : topFrame(bound, [at]);
};

const stem = (path: string): string => path.replace(/^.*\//, "").replace(/\.sql$/, "");

/** What an author wrote in a property file is SQL, as it is in a template. */
const argumentValue = (run: Run, argument: TestArgument): Value => {
  const origin: Origin = { span: argument.span, calledFrom: [] };
  if (argument.kind === "value") return fromData(argument.value, origin, WRITTEN);
  if (!run.references.has(argument.node))
    run.references.set(argument.node, { value: argument.node, span: argument.span });
  return partValue({ kind: "reference", node: argument.node, origin });
};
