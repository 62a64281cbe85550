/** From an event to its JSON line, an object: snake_case fields that are only ever added (docs/events.schema.json). */
import type { StampedEvent } from "../../domain/contracts/reporter.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { FailureSample, RunEvent } from "../../domain/event.ts";
import type { LeakFinding } from "../../domain/leakage.ts";
import type { Span } from "../../domain/source.ts";
import type { RowDifferences } from "../../domain/unit-test.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { positionAt } from "../../lib/text-position.ts";
import { historyFields } from "./history-record.ts";

type JsonRecord = { readonly [field: string]: unknown };

/**
 * Without a line break; a field that is undefined is left out by JSON. What all events have is put in front as text:
 * thousands of them are written at once, and spreading one record into another takes longer than all the rest.
 */
export const eventLine = ({ at, runId, event }: StampedEvent): string =>
  `{"v":1,"ts":"${at.toISOString()}","run_id":${JSON.stringify(runId)},"kind":"${event.kind}",${JSON.stringify(fieldsOf(event)).slice(1)}`;

/** Finer is noise. */
const tenths = (ms: number): number => Math.round(ms * 10) / 10;

const fieldsOf = (event: RunEvent): JsonRecord => {
  switch (event.kind) {
    case "run_started": {
      const { command, project, target, threads, models, seeds, tests } = event;
      return { command, project, target, threads, models, seeds, tests };
    }
    case "server_started":
      return { version: event.version, ms: tenths(event.ms), first_start: event.isFirstStart };
    case "migration_applied":
      return { name: event.name, ms: tenths(event.ms) };
    case "raw_loaded": {
      const { mapping, file, isSkipped, steps, rejected, ms } = event;
      return { mapping, file, skipped: isSkipped, steps: steps.map(stepRecord), rejected, ms: tenths(ms) };
    }
    case "lock_waiting": {
      const { does, runId, project, command, application, user, pid, since } = event.holder;
      const holder = { does, run_id: runId, project, command, application, user, pid, since };
      return { schema: event.schema, holder };
    }
    case "freshness_checked":
      return freshnessFields(event);
    case "node_started":
      return { node: event.node };
    case "node_finished": {
      const { node, status, materialized, relation, rows, ms, diagnostic, because } = event;
      return {
        node,
        status,
        materialized,
        relation,
        rows,
        ms: tenths(ms),
        because,
        diagnostic: optional(diagnostic, diagnosticRecord),
      };
    }
    case "test_finished":
      return testFields(event);
    case "publish_waiting": {
      const holders = event.holders.map(({ pid, application, ageMs }) => ({
        pid,
        application,
        age_ms: Math.round(ageMs),
      }));
      return { reason: event.reason, holders };
    }
    case "publish_finished": {
      const { status, relations, lockedMs, waitedMs, attempts, mixed } = event;
      const batches = { batches: mixed?.batches, mixed_from: mixed?.from, mixed_until: mixed?.until };
      const times = { locked_ms: tenths(lockedMs), waited_ms: tenths(waitedMs) };
      return { status, relations, ...times, attempts, ...(mixed && batches) };
    }
    case "column_checked":
      return columnFields(event);
    case "history_checked":
      return { ...historyFields(event), at: placeRecord(event.at) };
    case "diagnostic":
      return { diagnostic: diagnosticRecord(event.diagnostic) };
    case "note":
      return { message: event.message };
    case "statement": {
      const { text, ms, rows, sqlstate } = event;
      return { text, ms: tenths(ms), rows, sqlstate };
    }
    case "run_finished":
      return { state: event.state, exit_code: event.exitCode, ms: tenths(event.ms) };
    default:
      return unreachable(event);
  }
};

const testFields = (event: Extract<RunEvent, { kind: "test_finished" }>): JsonRecord => {
  const {
    test,
    name,
    description,
    owner,
    tags,
    node,
    column,
    severity,
    status,
    failures,
    failCalc,
    rows,
    decidedBy,
    statement,
    scanned,
    at,
    ms,
    sample,
    differences,
    findings,
    diagnostic,
    because,
  } = event;
  return {
    test,
    name,
    description,
    owner,
    tags: tags.length === 0 ? undefined : tags,
    node,
    column,
    severity,
    status,
    failures,
    fail_calc: failCalc,
    rows,
    decided_by: decidedBy,
    statement,
    scanned,
    at: optional(at, placeRecord),
    ms: tenths(ms),
    because,
    sample: optional(sample, sampleRecord),
    differences: optional(differences, differencesRecord),
    findings: findings?.length === 0 ? undefined : findings,
    diagnostic: optional(diagnostic, diagnosticRecord),
  };
};

const freshnessFields = (event: Extract<RunEvent, { kind: "freshness_checked" }>): JsonRecord => {
  const { source, name, status, newest, ageMs, warnAfter, errorAfter, because, at, ms, diagnostic } = event;
  return {
    source,
    name,
    status,
    newest,
    // JSON has no infinity; `newest` is left out then, too.
    age_s: ageMs === undefined || !Number.isFinite(ageMs) ? undefined : Math.round(ageMs / 1000),
    warn_after: warnAfter,
    error_after: errorAfter,
    because,
    at: placeRecord(at),
    ms: tenths(ms),
    diagnostic: optional(diagnostic, diagnosticRecord),
  };
};

const columnFields = (event: Extract<RunEvent, { kind: "column_checked" }>): JsonRecord => {
  const { node, relation, column, verdict, because, finding, at, cutoffs, seed } = event;
  return {
    node,
    relation,
    column,
    verdict,
    because,
    cutoffs,
    seed,
    at: placeRecord(at),
    finding: optional(finding, findingRecord),
  };
};

const findingRecord = (finding: LeakFinding): JsonRecord => ({
  cutoff: finding.cutoff,
  differing: finding.differing,
  compared: finding.compared,
  key: Object.fromEntries(finding.key.map(({ column, value }) => [column, value])),
  time: finding.time,
  full: finding.full,
  probed: finding.probed,
  starts_in: finding.startsIn,
  equal_above: finding.equalAbove,
  carriers: finding.carriers,
  carried_by: finding.carriedBy,
  seen_by: finding.seenBy,
  looks_like: finding.looksLike?.what,
  link: finding.looksLike?.link,
});

type Step = Extract<RunEvent, { kind: "raw_loaded" }>["steps"][number];

const stepRecord = ({ into, counts }: Step): JsonRecord => {
  const { read, inserted, updated, unchanged, merged, rejected } = counts;
  return { into, read, inserted, updated, unchanged, merged, rejected };
};

const sampleRecord = (sample: FailureSample): JsonRecord => ({
  columns: sample.columns,
  key_columns: sample.keyColumns,
  tested_columns: sample.testedColumns,
  rows: sample.rows,
  query: sample.query,
  live_query: sample.liveQuery,
});

const differencesRecord = ({ columns, rows, equal, expected, actual }: RowDifferences): JsonRecord => ({
  columns,
  expected_rows: expected,
  actual_rows: actual,
  equal_rows: equal,
  rows: rows.map((row) =>
    row.kind === "differs"
      ? {
          kind: row.kind,
          expected: row.cells.map((cell) => cell.expected),
          actual: row.cells.map((cell) => cell.actual),
          differing: columns.filter((_, i) => row.cells[i]?.isEqual === false),
        }
      : { kind: row.kind, [row.kind === "missing" ? "expected" : "actual"]: row.cells },
  ),
});

const diagnosticRecord = ({ code, severity, message, at, notes, help }: Diagnostic): JsonRecord => ({
  code,
  severity,
  message,
  at: optional(at, placeRecord),
  notes:
    notes.length === 0
      ? undefined
      : notes.map((note) => ({ message: note.message, at: optional(note.at, placeRecord) })),
  help,
});

const placeRecord = ({ file, start, end }: Span): JsonRecord => {
  const from = positionAt(file.text, start);
  const to = positionAt(file.text, end);
  return { path: file.path, line: from.line, column: from.column, end_line: to.line, end_column: to.column };
};

const optional = <T>(value: T | undefined, make: (value: T) => JsonRecord): JsonRecord | undefined =>
  value === undefined ? undefined : make(value);
