/** A template that stands in YAML in, what it renders to out: it is read as a file of its own, and told of at its own place. */
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { Placed } from "../../domain/placed-text.ts";
import type { Rendered, RenderedPiece } from "../../domain/rendered.ts";
import { evaluate, type Scope } from "../../template/evaluate.ts";
import { parseTemplate } from "../../template/parse.ts";

/** Undefined after saying what is wrong. */
export const renderPlaced = (placed: Placed, scope: Scope, found: Diagnostic[]): Rendered | undefined => {
  const template = parseTemplate(placed.file);
  const outcome = template.ok ? evaluate(template.value, scope) : template;
  found.push(...(outcome.ok ? outcome.warnings : outcome.diagnostics).map((d) => diagnosticAt(d, placed)));
  if (!outcome.ok) return undefined;
  const { pieces, references } = outcome.value;
  return {
    pieces: pieces.flatMap((piece) => pieceAt(piece, placed)),
    references: references.map(({ value, span }) => ({ value, span: placed.spanAt(span) })),
  };
};

const diagnosticAt = (diagnostic: Diagnostic, { spanAt }: Placed): Diagnostic => ({
  ...diagnostic,
  at: diagnostic.at && spanAt(diagnostic.at),
  notes: diagnostic.notes.map((note) => ({ ...note, at: note.at && spanAt(note.at) })),
});

const pieceAt = (piece: RenderedPiece, { spanAt, cut }: Placed): readonly RenderedPiece[] => {
  const calledFrom = piece.origin.calledFrom.map(spanAt);
  // Text that a macro printed stands in the macro's own file.
  if (piece.kind !== "text") return [{ ...piece, origin: { span: spanAt(piece.origin.span), calledFrom } }];
  return cut(piece.text, piece.origin.span).map(({ text, span }) => ({ ...piece, text, origin: { span, calledFrom } }));
};
