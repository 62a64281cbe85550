/** How unit tests ended in, events, records of the bookkeeping and exit codes out. */

import type { CompiledUnitTest } from "../../../domain/compiled-unit-test.ts";
import type { RunEvent } from "../../../domain/event.ts";
import { type ExitCode, exitOf } from "../../../domain/exit-code.ts";
import type { SubjectOf } from "../../../domain/test-subject.ts";
import type { TestRecord } from "../records.ts";
import type { RunContext } from "../run-context.ts";
import type { UnitEnding } from "./run.ts";

type TestFinished = Extract<RunEvent, { kind: "test_finished" }>;

/** One exit code for each test that stands in the way. */
export const reportUnitTests = (
  run: Pick<RunContext, "emit">,
  endings: readonly UnitEnding[],
  subjectOf: SubjectOf,
  remember: (record: TestRecord) => void,
): readonly ExitCode[] =>
  endings.flatMap((ending): readonly ExitCode[] => {
    const event = eventOf(ending, subjectOf);
    run.emit(event);
    for (const diagnostic of ending.diagnostics.slice(1)) run.emit({ kind: "diagnostic", diagnostic });
    const { test, status, failures, rows, decidedBy, ms } = event;
    if (status !== "cancelled")
      remember({ test, status, failures, rows, decidedBy, ms, proof: undefined, stored: undefined });
    if (ending.status === "pass") return [];
    if (ending.status === "fail") return [1];
    return ending.status === "cancelled" ? [3] : [exitOf(ending.diagnostics)];
  });

export const unitTestNotRun = (
  test: CompiledUnitTest,
  status: "skipped" | "cancelled",
  because: string,
  subjectOf: SubjectOf,
): TestFinished => ({ ...bareEvent(test, subjectOf), status, because });

const eventOf = ({ test, status, differences, diagnostics, ms }: UnitEnding, subjectOf: SubjectOf): TestFinished => ({
  ...bareEvent(test, subjectOf),
  status,
  failures: differences?.rows.length ?? 0,
  decidedBy: status === "pass" || status === "fail" ? "rows of a unit test" : "",
  ms,
  diagnostic: diagnostics[0],
  ...(differences === undefined ? {} : { differences }),
  because: status === "cancelled" ? "the run was cancelled" : undefined,
});

const bareEvent = ({ node }: CompiledUnitTest, subjectOf: SubjectOf): TestFinished => ({
  kind: "test_finished",
  test: node.id,
  name: node.name,
  description: node.description === "" ? undefined : node.description,
  owner: subjectOf(node.id, node.subject.model).owner,
  tags: node.tags,
  node: node.subject.model,
  column: undefined,
  severity: "error",
  status: "pass",
  failures: 0,
  rows: undefined,
  decidedBy: "",
  statement: undefined,
  scanned: undefined,
  at: node.at,
  ms: 0,
  sample: undefined,
  diagnostic: undefined,
  because: undefined,
});
