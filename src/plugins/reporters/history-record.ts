/** From what changed in a source's past to the object of it in a JSON line. */
import type { HistoryFinding } from "../../domain/source-history.ts";
import type { EventOf } from "./run-log.ts";

type Fields = { readonly [field: string]: unknown };

export const historyFields = (event: EventOf<"history_checked">): Fields => {
  const { node, relation, column, declared, verdict, because, finding, photographs } = event;
  return {
    node,
    relation,
    column,
    declared,
    verdict,
    because,
    photographs,
    finding: finding && findingFields(finding),
  };
};

const findingFields = ({ changed, known, filled, late, gone, days, examples, advice }: HistoryFinding): Fields => ({
  changed,
  known,
  filled,
  late,
  gone,
  days: days && { still_old: days.stillOld, new: days.new },
  examples: examples.map(({ key, at, since, was, is }) => ({
    key: Object.fromEntries(key.map(({ column, value }) => [column, value])),
    at,
    since,
    was,
    is,
  })),
  advice,
});
