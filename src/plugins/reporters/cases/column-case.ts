/** From a column that was held against the past to its case: a leak fails, what is not proved or unstable warns. */
import type { StampedEvent } from "../../../domain/contracts/reporter.ts";
import { type LeakVerdict, leakFacts, leakHead } from "../../../domain/leakage.ts";
import type { CaseOutcome, ReportedCase } from "../../../domain/report.ts";
import type { EventOf } from "../run-log.ts";
import { factsIn, newCase, placeText } from "./new-case.ts";

const OUTCOMES: Readonly<Record<LeakVerdict, CaseOutcome>> = {
  clean: "pass",
  label: "pass",
  "needs-outcome": "pass",
  leak: "fail",
  unstable: "warn",
  "not-proved": "warn",
};

export const columnCase = (event: EventOf<"column_checked">, stamped: StampedEvent): ReportedCase => {
  const { node, column, verdict, because, finding, at, cutoffs, seed } = event;
  const name = column ?? "its rows";
  const told = because === undefined ? verdict : `${verdict}: ${because}`;
  return newCase(
    {
      kind: "leakage",
      id: `leakage.${node}.${name}`,
      subject: node,
      name: `leakage of ${name}`,
      outcome: OUTCOMES[verdict],
      summary: verdict === "clean" ? "" : finding === undefined ? told : leakHead(event, finding),
      place: at,
      facts: [
        ...factsIn({ verdict }),
        ...(finding === undefined ? [] : leakFacts(finding).flatMap(([label, text]) => factsIn({ [label]: text }))),
        ...factsIn({ "cut-offs": cutoffs, seed, "declared at": placeText(at) }),
      ],
    },
    stamped,
  );
};
