/** Diagnostics as they happen, up to as many as are read: of the rest the number, and where they all are. */
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { RunEvent } from "../../domain/event.ts";
import { showDiagnostic } from "../../domain/show-diagnostic.ts";
import { countOf } from "../../lib/duration.ts";
import type { Colors } from "./paint.ts";

/** Of each severity, so that no warning hides an error. */
const MOST_SHOWN = 50;

export type DiagnosticText = {
  /** What the event has to show. */
  readonly of: (event: RunEvent) => string | undefined;
  /** What was not shown, once. */
  readonly rest: () => string | undefined;
};

export const diagnosticText = (colors: Colors): DiagnosticText => {
  const told = { error: 0, warning: 0 };
  let isRun = false;
  return {
    of: (event) => {
      isRun ||= event.kind === "run_started";
      const diagnostic = diagnosticOf(event);
      if (diagnostic === undefined) return undefined;
      told[diagnostic.severity] += 1;
      return told[diagnostic.severity] > MOST_SHOWN ? undefined : showDiagnostic(diagnostic, colors);
    },
    rest: () => {
      const hidden = (["error", "warning"] as const).flatMap((severity) => {
        const count = told[severity] - MOST_SHOWN;
        told[severity] = Math.min(told[severity], MOST_SHOWN);
        return count > 0 ? [countOf(count, `more ${severity}`)] : [];
      });
      if (hidden.length === 0) return undefined;
      return colors.faint(
        `… and ${hidden.join(" and ")}: ${isRun ? "target/events.jsonl" : "--log-format json"} has all`,
      );
    },
  };
};

/** A failed test is shown with its rows in the report, so that its diagnostic only lends its place there. */
const diagnosticOf = (event: RunEvent): Diagnostic | undefined => {
  if (event.kind === "diagnostic" || event.kind === "node_finished") return event.diagnostic;
  if (event.kind === "freshness_checked") return event.diagnostic;
  return event.kind === "test_finished" && event.status === "error" ? event.diagnostic : undefined;
};
