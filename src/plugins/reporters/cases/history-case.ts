/** From a column of a source that was held against photographs to its case: what changed fails, what cannot be told warns. */
import type { StampedEvent } from "../../../domain/contracts/reporter.ts";
import type { CaseOutcome, ReportedCase } from "../../../domain/report.ts";
import { type HistoryVerdict, historyExample, historyFacts, historyHead } from "../../../domain/source-history.ts";
import type { EventOf } from "../run-log.ts";
import { factsIn, newCase, placeText } from "./new-case.ts";

/** The first photograph of all proves nothing, and is nothing to warn of. */
const OUTCOMES: Readonly<Record<HistoryVerdict, CaseOutcome>> = {
  unchanged: "pass",
  changed: "fail",
  "not-proved": "pass",
};

export const historyCase = (event: EventOf<"history_checked">, stamped: StampedEvent): ReportedCase => {
  const { node, column, declared, verdict, because, finding, at, photographs } = event;
  const name = column ?? "its rows";
  const told = because === undefined ? "" : `${verdict}: ${because}`;
  return newCase(
    {
      kind: "source history",
      id: `history.${node}.${name}`,
      subject: node,
      name: `history of ${name}`,
      outcome: OUTCOMES[verdict],
      summary: finding === undefined ? told : historyHead(event, finding),
      blocks: finding === undefined ? [] : [{ kind: "text", text: finding.examples.map(historyExample).join("\n") }],
      place: at,
      facts: [
        ...factsIn({ verdict, declared }),
        ...(finding === undefined ? [] : historyFacts(finding).flatMap(([label, text]) => factsIn({ [label]: text }))),
        ...factsIn({ photographs, "declared at": placeText(at) }),
      ],
    },
    stamped,
  );
};
