/** Unit tests alone, for `galley test`: prepared on one session, then shared among all. The exit codes that they ask for out. */

import type { CompiledUnitTests } from "../../../domain/compiled-unit-test.ts";
import { DatabaseError } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type ExitCode, exitOf } from "../../../domain/exit-code.ts";
import type { SubjectOf } from "../../../domain/test-subject.ts";
import { cancelOnAbort } from "../cancel.ts";
import type { TestRecord } from "../records.ts";
import { type Retrying, retried } from "../retry-step.ts";
import type { SeedColumns } from "./columns.ts";
import { prepareUnitTests } from "./prepare.ts";
import { reportUnitTests, unitTestNotRun } from "./report.ts";
import { runUnitTests } from "./run.ts";

export type UnitTestsRequest = Retrying & {
  readonly unitTests: CompiledUnitTests;
  readonly threads: number;
  readonly clock: () => number;
  readonly subjectOf: SubjectOf;
  readonly seedColumns: SeedColumns;
  readonly isFailFast: boolean;
  readonly remember: (record: TestRecord) => void;
};

export const testUnits = async (request: UnitTestsRequest): Promise<readonly ExitCode[]> => {
  const { database, signal, sleep } = request;
  if (request.unitTests.tests.size === 0) return [];
  return cancelOnAbort({ cancelRunning: database.cancelRunning, signal, sleep }, async () => {
    try {
      return await runAll(request);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const diagnostic = databaseDiagnostic(error, "execute/sql-error", "unit tests", undefined);
      request.emit({ kind: "diagnostic", diagnostic });
      return [exitOf([diagnostic])];
    }
  });
};

/** Several messages, told of together: each is made while the server works on the one before. */
const CASES_AT_ONCE = 200;

const runAll = async (request: UnitTestsRequest): Promise<readonly ExitCode[]> => {
  const { signal, clock, subjectOf, threads, isFailFast } = request;
  const { tests, shapes } = request.unitTests;
  const prepared = await retried(request, "read", "unit tests", (session) =>
    prepareUnitTests(session, [...tests.values()], shapes, request.seedColumns),
  );
  const waiting = [...tests.values()];
  const exits: ExitCode[] = [];
  const isStopped = (): boolean => signal.aborted || (isFailFast && exits.length > 0);
  const size = Math.min(isFailFast ? CASES_AT_ONCE / 8 : CASES_AT_ONCE, Math.ceil(waiting.length / threads));
  const work = async (): Promise<void> => {
    while (waiting.length > 0 && !isStopped()) {
      const some = waiting.splice(0, size);
      const endings = await retried(request, "read", "unit tests", (session) =>
        runUnitTests({ session, clock, signal, subjectOf }, some, prepared),
      );
      exits.push(...reportUnitTests(request, endings, subjectOf, request.remember));
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  const because = signal.aborted ? "the run was cancelled" : "another test failed, and --fail-fast was given";
  for (const test of waiting) request.emit(unitTestNotRun(test, "cancelled", because, subjectOf));
  return exits;
};
