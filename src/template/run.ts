/** What one evaluation carries along: what the template may ask of the world, what was found, where we stand. */
import type { Diagnostic, Note, Outcome } from "../domain/diagnostic.ts";
import type { TestArgument } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import type { ReferenceRequest, RunFact } from "../domain/rendered.ts";
import type { Located, Origin, Span } from "../domain/source.ts";
import type { TargetFacts } from "../domain/target.ts";
import type { PlainValue } from "../domain/tree.ts";
import { isOfLibrary } from "./library-file.ts";
import type { Template } from "./syntax.ts";
import type { Value } from "./value.ts";

export type Scope = {
  /** Every declared var, with its value in this run. */
  readonly vars: ReadonlyMap<string, PlainValue>;
  readonly env: (name: string) => string | undefined;
  readonly target: TargetFacts;
  /** What `is_incremental` says: false where a model is built whole. */
  readonly isIncremental: boolean;
  readonly macros: ReadonlyMap<string, Template>;
  /** What a `ref` or `source` means; what is wrong with it comes back as diagnostics at the place given. */
  readonly resolve: (request: ReferenceRequest, span: Span) => Outcome<NodeId>;
  /** For an own generic test: the arguments that its property file gives, and where. Undefined for anything else. */
  readonly parameters: { readonly at: Span; readonly values: ReadonlyMap<string, TestArgument> } | undefined;
  /** Names that stand for what only the run knows. */
  readonly runFacts: readonly RunFact[];
};

export type Run = {
  readonly scope: Scope;
  readonly found: Diagnostic[];
  /** By node, the first mention. */
  readonly references: Map<NodeId, Located<NodeId>>;
};

/** One level of names: the parameters of a macro, or one turn of `#each` or `#with`. */
export type Names = {
  readonly outer: Names | undefined;
  readonly values: ReadonlyMap<string, Value>;
  /** What `this` is in a block; undefined outside of blocks, where it is the node's relation. */
  readonly item: Value | undefined;
  /** `@index` and its like. */
  readonly data: ReadonlyMap<string, Value>;
};

export type Frame = {
  readonly names: Names;
  /** The macro calls that led here, innermost first. */
  readonly calledFrom: readonly Span[];
};

export const topFrame = (values: ReadonlyMap<string, Value>, calledFrom: readonly Span[]): Frame => ({
  names: { outer: undefined, values, item: undefined, data: new Map() },
  calledFrom,
});

export const originOf = (span: Span, { calledFrom }: Frame): Origin => ({ span, calledFrom });

/** Collects a diagnostic, with the chain of calls that led to its place; of a loop's turns the first says it for all. */
export const report = (run: Run, frame: Frame, diagnostic: Diagnostic): undefined => {
  const chain: readonly Note[] = frame.calledFrom.map((at) => ({ message: "called from here", at }));
  const whole = outsideOfLibrary({ ...diagnostic, notes: [...diagnostic.notes, ...chain] });
  if (!run.found.some((said) => isSame(said, whole))) run.found.push(whole);
  return undefined;
};

/** A place in a macro that comes with Galley is none that an author can mend: the call is, in its stead. */
const outsideOfLibrary = (diagnostic: Diagnostic): Diagnostic => {
  const { at, notes } = diagnostic;
  if (at === undefined || !isOfLibrary(at.file)) return diagnostic;
  const call = notes.findIndex((note) => note.at !== undefined && !isOfLibrary(note.at.file));
  if (call < 0) return diagnostic;
  return { ...diagnostic, at: notes[call]?.at, notes: notes.slice(call + 1) };
};

const isSame = (a: Diagnostic, b: Diagnostic): boolean =>
  a.message === b.message &&
  isSamePlace(a.at, b.at) &&
  a.notes.length === b.notes.length &&
  a.notes.every((note, i) => isSamePlace(note.at, b.notes[i]?.at));

const isSamePlace = (a: Span | undefined, b: Span | undefined): boolean => a?.file === b?.file && a?.start === b?.start;
