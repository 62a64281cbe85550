/** A template after evaluation: SQL text with its places, and references that still stand for nodes, not for names. */
import type { NodeId } from "./names.ts";
import type { Located, Origin, Span } from "./source.ts";
import type { TreeEntry } from "./tree.ts";

export type RenderedPiece =
  | { readonly kind: "text"; readonly text: string; readonly origin: Origin; readonly isSecret: boolean }
  /** A `ref` or `source`; compile says what it means in this run. */
  | { readonly kind: "reference"; readonly node: NodeId; readonly origin: Origin }
  /** `{{this}}`, `{{@relation}}`: the node's own relation. */
  | { readonly kind: "this"; readonly origin: Origin }
  | { readonly kind: "run-fact"; readonly fact: RunFact; readonly origin: Origin };

/** `run_outcome` is known to on-run-end alone. */
export type RunFact = "run_started_at" | "invocation_id" | "run_outcome";

export const RUN_FACTS: readonly RunFact[] = ["run_started_at", "invocation_id"];

/** What a template asks for by name; link answers with a node. */
export type ReferenceRequest =
  | { readonly kind: "ref"; readonly name: string }
  | { readonly kind: "source"; readonly source: string; readonly table: string };

export type Rendered = {
  readonly pieces: readonly RenderedPiece[];
  /** The nodes referred to, each with the place of its first mention, in order of appearance. */
  readonly references: readonly Located<NodeId>[];
};

/** `{{config …}}` of a template's top. */
export type Header = { readonly entries: readonly TreeEntry[]; readonly span: Span };
