/** From one event to the cases that it ends. A new kind of event joins all reports by one mapping here. */
import type { StampedEvent } from "../../../domain/contracts/reporter.ts";
import { limitText } from "../../../domain/freshness.ts";
import type { CaseOutcome, ReportedCase } from "../../../domain/report.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import { agoText, countOf } from "../../../lib/duration.ts";
import type { EventOf } from "../run-log.ts";
import { columnCase } from "./column-case.ts";
import { historyCase } from "./history-case.ts";
import { diagnosticBlock, factsIn, newCase, placeText } from "./new-case.ts";
import { type Stand, testCase } from "./test-case.ts";

export type CaseContext = { readonly command: string; readonly stand: Stand };

export const casesOf = (stamped: StampedEvent, context: CaseContext): readonly ReportedCase[] => {
  const { event } = stamped;
  switch (event.kind) {
    case "node_finished":
      return [nodeCase(event, context, stamped)];
    case "test_finished":
      return [testCase(event, context.stand, stamped)];
    case "freshness_checked":
      return [freshnessCase(event, stamped)];
    case "column_checked":
      return [columnCase(event, stamped)];
    case "history_checked":
      return [historyCase(event, stamped)];
    case "raw_loaded":
      return [rawCase(event, stamped)];
    case "migration_applied": {
      const { name, ms } = event;
      return [
        newCase(
          { kind: "migration", id: `migration.${name}`, subject: "migrations", name, outcome: "pass", ms },
          stamped,
        ),
      ];
    }
    case "publish_finished":
      return [publishCase(event, stamped)];
    case "diagnostic":
      return [diagnosticCase(event, stamped)];
    case "run_started":
    case "run_finished":
    case "server_started":
    case "lock_waiting":
    case "node_started":
    case "publish_waiting":
    case "statement":
    case "note":
      return [];
    default:
      return unreachable(event);
  }
};

const NODE_OUTCOMES: Readonly<Record<EventOf<"node_finished">["status"], CaseOutcome>> = {
  success: "pass",
  kept: "pass",
  fail: "fail",
  error: "error",
  skipped: "skipped",
  cancelled: "cancelled",
};

const nodeCase = (event: EventOf<"node_finished">, { command }: CaseContext, stamped: StampedEvent): ReportedCase => {
  const { node, status, materialized, relation, rows, ms, diagnostic, because } = event;
  const stopped = status === "cancelled" ? "stopped before it was built" : "";
  return newCase(
    {
      kind: "node",
      id: node,
      subject: node,
      name: command,
      outcome: NODE_OUTCOMES[status],
      ms,
      summary: diagnostic?.message ?? because ?? stopped,
      blocks: diagnosticBlock(diagnostic),
      place: diagnostic?.at,
      rows,
      relation,
      facts: factsIn({ materialized, relation, rows }),
    },
    stamped,
  );
};

const freshnessCase = (event: EventOf<"freshness_checked">, stamped: StampedEvent): ReportedCase => {
  const { source, status, newest, ageMs, warnAfter, errorAfter, because, at, ms, diagnostic } = event;
  const limit = status === "fail" ? errorAfter : warnAfter;
  const allowed = limit === undefined ? "" : `, and may be ${limitText(limit)} old`;
  const aged = ageMs === undefined ? "" : `its newest row is ${agoText(ageMs)} old (${newest})${allowed}`;
  const stopped = status === "cancelled" ? "stopped before it was asked" : aged;
  return newCase(
    {
      kind: "freshness",
      id: `freshness.${source}`,
      subject: source,
      name: "freshness",
      outcome: status,
      ms,
      summary: status === "pass" ? "" : (diagnostic?.message ?? because ?? stopped),
      blocks: diagnosticBlock(diagnostic),
      place: at,
      facts: factsIn({
        "newest row": newest,
        "warn after": warnAfter && limitText(warnAfter),
        "error after": errorAfter && limitText(errorAfter),
        "declared at": placeText(at),
      }),
    },
    stamped,
  );
};

/** Whether rejected rows fail the run a diagnostic says, which is a case of its own. */
const rawCase = ({ mapping, file, steps, rejected, isSkipped, ms }: EventOf<"raw_loaded">, stamped: StampedEvent) =>
  newCase(
    {
      kind: "raw load",
      id: `ingest.${mapping}`,
      subject: `ingest.${mapping}`,
      name: file,
      outcome: rejected > 0 ? "warn" : "pass",
      ms,
      summary: rejected > 0 ? `${countOf(rejected, "row")} rejected, kept in galley.quarantine` : "",
      facts: isSkipped
        ? factsIn({ loaded: "unchanged" })
        : steps.flatMap(({ into, counts }) =>
            factsIn({ [into]: `${counts.inserted} inserted, ${counts.updated} updated` }),
          ),
    },
    stamped,
  );

const PUBLISHES: Readonly<Record<EventOf<"publish_finished">["status"], readonly [CaseOutcome, string]>> = {
  published: ["pass", ""],
  nothing: ["skipped", "there was nothing to publish"],
  refused: ["fail", "refused: live is unchanged"],
  unknown: ["error", "the connection was lost while it committed: whether live is new is not known"],
  partly: ["error", "only a part was published: live is of two days"],
};

const publishCase = (event: EventOf<"publish_finished">, stamped: StampedEvent): ReportedCase => {
  const [outcome, summary] = PUBLISHES[event.status];
  const { lockedMs: ms, relations } = event;
  const facts = factsIn({ relations, "live locked for (ms)": Math.round(ms) });
  return newCase(
    { kind: "publish", id: "publish", subject: "publish", name: "publish", outcome, ms, summary, facts },
    stamped,
  );
};

/** Named by code and file: where its line moves it is the same case. */
const diagnosticCase = ({ diagnostic }: EventOf<"diagnostic">, stamped: StampedEvent): ReportedCase => {
  const { code, severity, message, at } = diagnostic;
  const file = at === undefined ? "" : ` ${at.file.path}`;
  return newCase(
    {
      kind: "diagnostic",
      id: `${code}${file}: ${message}`,
      subject: "diagnostics",
      name: `${code}${file}`,
      outcome: severity === "error" ? "error" : "warn",
      summary: message,
      blocks: diagnosticBlock(diagnostic),
      place: at,
      facts: factsIn({ "declared at": placeText(at) }),
    },
    stamped,
  );
};
