/** From the end of a test to its case: how many rows, which, and a query for all of them. */
import type { StampedEvent } from "../../../domain/contracts/reporter.ts";
import type { CaseBlock, ReportedCase } from "../../../domain/report.ts";
import type { RowDifferences } from "../../../domain/unit-test.ts";
import { failuresText } from "../event-text.ts";
import { differencesLine, differenceTable } from "../row-differences.ts";
import type { EventOf } from "../run-log.ts";
import { diagnosticBlock, factsIn, newCase, placeText, proseBlock } from "./new-case.ts";

/** Where the failing rows can be seen when the run is over. */
export type Stand = "live" | "as tested";

export const testCase = (
  event: EventOf<"test_finished">,
  stand: Stand,
  stamp: Pick<StampedEvent, "at">,
): ReportedCase =>
  newCase(
    {
      kind: "test",
      id: event.test,
      subject: event.node ?? projectOf(event.test),
      name: event.name,
      outcome: event.status,
      ms: event.ms,
      statement: event.statement,
      summary: summaryOf(event),
      blocks: blocksOf(event, stand),
      place: event.at,
      failures: event.failures,
      rows: event.rows,
      facts: factsIn({
        severity: event.severity,
        column: event.column,
        "decided by": event.decidedBy,
        "rows judged": event.rows,
        "rows scanned": event.scanned,
        owner: event.owner,
        tags: event.tags.join(", "),
        "declared at": placeText(event.at),
      }),
    },
    stamp,
  );

/** `test.nba.some_name` → `test.nba`: a query of its own is about no node alone. */
const projectOf = (test: string): string => test.split(".").slice(0, 2).join(".");

const summaryOf = (event: EventOf<"test_finished">): string => {
  const { status, diagnostic, because, column } = event;
  if (status === "pass") return "";
  if (diagnostic !== undefined) return diagnostic.message;
  if (because !== undefined) return because;
  if (status === "cancelled") return "stopped before it was decided";
  if (event.differences !== undefined) return differencesLine(event.differences);
  return `${failuresText(event)} failed${column === undefined ? "" : `, in column ${column}`}`;
};

const blocksOf = (event: EventOf<"test_finished">, stand: Stand): readonly CaseBlock[] => {
  const { description, diagnostic, sample, failures, differences, findings } = event;
  const about = [...proseBlock(description), ...findingsBlock(findings)];
  if (differences !== undefined) return [...about, ...differenceBlocks(differences)];
  if (sample === undefined) return [...about, ...diagnosticBlock(diagnostic)];
  const { columns, rows } = sample;
  const isCut = event.failCalc === undefined && rows.length > 0 && rows.length < failures;
  return [
    ...about,
    ...diagnosticBlock(diagnostic),
    ...(isCut ? proseBlock(`the first ${rows.length}:`) : []),
    ...(rows.length === 0 ? [] : [{ kind: "table", columns, rows } as const]),
    ...(sample.query === ""
      ? []
      : [{ kind: "sql", text: `-- all of them\n${stand === "live" ? sample.liveQuery : sample.query}` } as const]),
  ];
};

const findingsBlock = (findings: readonly string[] = []): readonly CaseBlock[] =>
  findings.length === 0 ? [] : [{ kind: "text", text: findings.join("\n") }];

const differenceBlocks = (differences: RowDifferences): readonly CaseBlock[] => {
  const { columns, rows, more } = differenceTable(differences);
  return [{ kind: "table", columns, rows }, ...(more === undefined ? [] : proseBlock(more))];
};
