/** Asks sources how old their newest rows are: many small queries a message, each ending an event. */
import { DatabaseError, type QueryResult, type Row, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Emit, RunEvent } from "../../domain/event.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { type FreshnessCheck, freshnessOf, isYetToCome, type Newest } from "../../domain/freshness.ts";
import { joinSql, sql } from "../../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../../domain/sqlstate.ts";
import { agoText } from "../../lib/duration.ts";

export type FreshnessRequest = {
  readonly checks: readonly FreshnessCheck[];
  readonly withSession: <T>(use: (session: Session) => Promise<T>) => Promise<T>;
  readonly threads: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly clock: () => number;
};

const QUERIES_A_MESSAGE = 50;
/** Enough messages are made that every connection has some. */
const MESSAGES_PER_THREAD = 4;

/** The exit codes that stale sources, and those that could not be asked, call for. */
export const checkFreshness = async (request: FreshnessRequest): Promise<readonly ExitCode[]> => {
  const { checks, threads, emit, signal } = request;
  const size = Math.min(QUERIES_A_MESSAGE, Math.ceil(checks.length / (threads * MESSAGES_PER_THREAD)));
  const waiting: (readonly FreshnessCheck[])[] = [];
  for (let at = 0; at < checks.length; at += size) waiting.push(checks.slice(at, at + size));
  const exits: ExitCode[] = [];
  const work = async (): Promise<void> => {
    for (let message = waiting.shift(); message !== undefined && !signal.aborted; message = waiting.shift()) {
      for (const event of await ask(request, message)) {
        emit(event);
        exits.push(...exitsOf(event));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, waiting.length) }, work));
  for (const check of waiting.flat()) emit({ ...eventOf(check, 0), status: "cancelled" });
  return waiting.length === 0 ? exits : [...exits, 3];
};

type Checked = Extract<RunEvent, { kind: "freshness_checked" }>;

const exitsOf = ({ status, diagnostic }: Checked): readonly ExitCode[] => {
  if (status === "fail") return [1];
  if (status === "cancelled") return [3];
  return diagnostic === undefined ? [] : [exitOf([diagnostic])];
};

/** A query that raises takes the others of its message with it, so they are asked once more, one by one. */
const ask = async (request: FreshnessRequest, checks: readonly FreshnessCheck[]): Promise<readonly Checked[]> => {
  const { withSession, clock } = request;
  const startedAt = clock();
  try {
    const queries = joinSql(
      checks.map((check) => check.query),
      sql`; `,
    );
    const results = await withSession((session) =>
      session.run(sql`begin read only; set local time zone 'UTC'; ${queries}; commit`),
    );
    return checks.map((check, i) => answered(check, newestIn(results[i + BEFORE]), clock() - startedAt));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const [only] = checks;
    if (only !== undefined && checks.length === 1) return [raised(request, only, error, clock() - startedAt)];
    if (isConnectionLoss(error.sqlstate) || request.signal.aborted)
      return checks.map((check) => raised(request, check, error, clock() - startedAt));
    const one: Checked[] = [];
    for (const check of checks) one.push(...(await ask(request, [check])));
    return one;
  }
};

/** Results before that of the first query: of `begin` and of `set`. */
const BEFORE = 2;

const newestIn = (result: QueryResult | undefined): Newest => {
  const row: Row = result?.rows[0] ?? {};
  const age = row["age"] ?? undefined;
  return {
    newest: row["newest"] ?? undefined,
    ageMs: age === undefined ? undefined : Number(age) * 1000,
    type: row["type"] ?? "",
  };
};

const answered = (check: FreshnessCheck, newest: Newest, ms: number): Checked => ({
  ...eventOf(check, ms),
  status: freshnessOf(check, newest),
  newest: newest.newest,
  ageMs: newest.ageMs,
  because: becauseOf(newest),
});

const becauseOf = ({ newest, ageMs, type }: Newest): string | undefined => {
  if (ageMs === undefined) return "it has no row with a time";
  if (!Number.isFinite(ageMs)) return `its newest time is ${newest}`;
  if (!isYetToCome(ageMs, type)) return undefined;
  const zone = type.includes("without time zone") ? ": a time without zone is read as UTC" : "";
  return `its newest row is of ${agoText(-ageMs)} from now${zone}`;
};

const raised = ({ signal }: FreshnessRequest, check: FreshnessCheck, error: DatabaseError, ms: number): Checked => {
  const event = eventOf(check, ms);
  if (error.sqlstate === SQLSTATE.queryCanceled && signal.aborted) return { ...event, status: "cancelled" };
  const said = databaseDiagnostic(error, "execute/freshness-error", check.name, check.loadedAt);
  const diagnostic = error.sqlstate === SQLSTATE.cannotCast ? { ...said, help: TO_TIME } : said;
  return { ...event, status: "error", diagnostic };
};

const TO_TIME = "make it a time: seconds since 1970 with `to_timestamp(column)`, a text with `column::timestamptz`";

const eventOf = ({ source, name, warnAfter, errorAfter, at }: FreshnessCheck, ms: number): Checked => ({
  kind: "freshness_checked",
  source,
  name,
  status: "pass",
  newest: undefined,
  ageMs: undefined,
  warnAfter,
  errorAfter,
  because: undefined,
  at,
  ms,
  diagnostic: undefined,
});
