/** Makes a case from what its kind of event knows; what it does not know is empty. */
import type { StampedEvent } from "../../../domain/contracts/reporter.ts";
import type { Diagnostic } from "../../../domain/diagnostic.ts";
import type { CaseBlock, Fact, ReportedCase } from "../../../domain/report.ts";
import { placeOf, showDiagnostic } from "../../../domain/show-diagnostic.ts";
import type { Span } from "../../../domain/source.ts";

/** What every case must say. */
type Said = Pick<ReportedCase, "kind" | "id" | "subject" | "name" | "outcome"> & Partial<ReportedCase>;

export const newCase = (said: Said, { at }: Pick<StampedEvent, "at">): ReportedCase => ({
  at,
  kind: said.kind,
  id: said.id,
  subject: said.subject,
  name: said.name,
  outcome: said.outcome,
  ms: said.ms ?? 0,
  statement: said.statement,
  summary: said.summary ?? "",
  blocks: said.blocks ?? [],
  place: said.place,
  failures: said.failures,
  rows: said.rows,
  relation: said.relation,
  facts: said.facts ?? [],
});

/** A fact that there is; none for undefined and the empty text. */
export const fact = (name: string, value: string | number | undefined): readonly Fact[] =>
  value === undefined || value === "" ? [] : [{ name, value: String(value) }];

export const placeFact = (at: Span | undefined): readonly Fact[] => fact("declared at", at && placeOf(at));

export const diagnosticBlock = (diagnostic: Diagnostic | undefined): readonly CaseBlock[] =>
  diagnostic === undefined ? [] : [{ kind: "text", text: showDiagnostic(diagnostic) }];

/** None for what nobody wrote. */
export const proseBlock = (text: string | undefined): readonly CaseBlock[] =>
  text === undefined || text.trim() === "" ? [] : [{ kind: "prose", text: text.trim() }];
