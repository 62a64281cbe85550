/** How tests of the past end: a leak with the rows that differ, and what could not be proved. */
import type { RunEvent } from "../../src/domain/event.ts";
import { nodeId } from "../../src/domain/names.ts";

const told = {
  kind: "test_finished",
  description: undefined,
  owner: undefined,
  tags: [],
  column: undefined,
  severity: "error",
  decidedBy: "rebuilding the past at 3 cut-offs (seed 1): 36,927 rows compared, 18 of them at a cut-off",
  statement: undefined,
  scanned: undefined,
  at: undefined,
  ms: 812,
  diagnostic: undefined,
} as const;

export const testsOfPast: readonly RunEvent[] = [
  {
    ...told,
    test: nodeId("test.nba.point_in_time_roll_"),
    name: "point_in_time_roll_",
    node: nodeId("model.nba.roll"),
    status: "fail",
    failures: 12_293,
    rows: 12_309,
    because: "column adj knew what was known only later",
    findings: [
      "stats.roll.adj   leak   12,293 of 12,309 rows at or before 2009-02-03",
      "  looks like    aggregate over rows of all time: avg(pts) over () as adj    docs/leakage.md#global-mean",
      "galley check leakage --select roll --seed 1 tells where it begins and what carries it: docs/leakage.md",
    ],
    sample: {
      columns: ["match_id", "adj", "adj_future_unknown", "day"],
      keyColumns: 1,
      testedColumns: 2,
      rows: [
        ["54915", "4.13", "5.19", "2009-02-03"],
        ["54916", "0.20", null, "2009-02-03"],
      ],
      query: "",
      liveQuery: "",
    },
  },
  {
    ...told,
    test: nodeId("test.nba.point_in_time_form_"),
    name: "point_in_time_form_",
    node: nodeId("model.nba.form"),
    status: "warn",
    failures: 0,
    rows: 36_927,
    because: "not proved: form reads raw.box past its sources: by a name in its SQL, or in a function",
    findings: [
      "stats.form   not-proved   x: form reads raw.box past its sources: by a name in its SQL, or in a function",
      "galley check leakage --select form looks closer: docs/leakage.md",
    ],
    sample: undefined,
  },
];
