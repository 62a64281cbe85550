/** What is wrong in the user's world, as a value: collected and returned, never thrown across a wall. */
import type { DiagnosticCode } from "./codes.ts";
import type { Span } from "./source.ts";

export type Severity = "error" | "warning";

export type Note = { readonly message: string; readonly at: Span | undefined };

export type Diagnostic = {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence that names the thing, lower case, no full stop. */
  readonly message: string;
  readonly at: Span | undefined;
  /** Other places that matter ("first declared here", "called from here"). */
  readonly notes: readonly Note[];
  /** A way forward. */
  readonly help: string | undefined;
};

/** A stage's answer: its shape with what it warns of, or everything that it found wrong (never empty). */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export type DiagnosticDetail = {
  readonly at?: Span | undefined;
  readonly notes?: readonly Note[];
  readonly help?: string | undefined;
};

const make = (severity: Severity, code: DiagnosticCode, message: string, detail: DiagnosticDetail): Diagnostic => ({
  code,
  severity,
  message,
  at: detail.at,
  notes: detail.notes ?? [],
  help: detail.help,
});

export const errorOf = (code: DiagnosticCode, message: string, detail: DiagnosticDetail = {}): Diagnostic =>
  make("error", code, message, detail);

export const warningOf = (code: DiagnosticCode, message: string, detail: DiagnosticDetail = {}): Diagnostic =>
  make("warning", code, message, detail);

export const ok = <T>(value: T, warnings: readonly Diagnostic[] = []): Outcome<T> => ({ ok: true, value, warnings });

export const failed = (...diagnostics: readonly Diagnostic[]): { ok: false; diagnostics: readonly Diagnostic[] } => ({
  ok: false,
  diagnostics,
});

/** Splits what was collected: any error refuses, warnings alone go along. */
export const outcomeOf = <T>(value: () => T, found: readonly Diagnostic[]): Outcome<T> =>
  found.some((d) => d.severity === "error") ? { ok: false, diagnostics: found } : ok(value(), found);
