/** How a data test ended, and what decided it. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { FailureSample, TestStatus } from "../../domain/event.ts";
import type { StoredRows } from "./failing-rows.ts";

export type TestEnding = {
  readonly test: CompiledTest;
  readonly status: Exclude<TestStatus, "skipped">;
  readonly failures: number;
  /** Rows judged, where the statement counted them. */
  readonly rows: number | undefined;
  readonly decidedBy: string;
  /** The statement that decided it, by a name that the tests which shared it have in common; undefined: none was sent. */
  readonly statement: string | undefined;
  /** Rows that the statement read, where it reads the relation's rows. */
  readonly scanned: number | undefined;
  /** Of the message, which the tests in it share. */
  readonly ms: number;
  readonly sample: FailureSample | undefined;
  readonly stored: StoredRows | undefined;
  readonly diagnostic: Diagnostic | undefined;
  /** Of a test that rebuilt the past: what it found, and line by line what it says of columns. */
  readonly because?: string | undefined;
  readonly findings?: readonly string[] | undefined;
};
