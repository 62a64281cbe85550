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

type Known = Readonly<Record<string, string | number | undefined>>;

/** In order; of undefined and the empty text there is none. */
export const factsIn = (known: Known): readonly Fact[] => {
  const facts: Fact[] = [];
  for (const name in known) {
    const value = known[name];
    if (value !== undefined && value !== "") facts.push({ name, value: String(value) });
  }
  return facts;
};

/** Where it was declared, as a fact. */
export const placeText = (at: Span | undefined): string | undefined => at && placeOf(at);

export const diagnosticBlock = (diagnostic: Diagnostic | undefined): readonly CaseBlock[] =>
  diagnostic === undefined ? [] : [{ kind: "text", text: showDiagnostic(diagnostic) }];

/** None for what nobody wrote. */
export const proseBlock = (text: string | undefined): readonly CaseBlock[] =>
  text === undefined || text.trim() === "" ? [] : [{ kind: "prose", text: text.trim() }];
