/** Data tests alone, in parallel: those of sources first, and what depends on a source that failed is left out. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { DatabaseError } from "../../domain/contracts/database.ts";
import type { Emit } from "../../domain/event.ts";
import type { ExitCode } from "../../domain/exit-code.ts";
import type { NodeId } from "../../domain/names.ts";
import { isOfPast, type ProvePast } from "../../domain/past-proof.ts";
import { type TestFacts, withoutGuarantees } from "../../domain/test-facts.ts";
import type { PlanTests } from "../../domain/test-plan.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";
import { reach } from "../../lib/dag.ts";
import { cancelOnAbort } from "./cancel.ts";
import type { TestRecord } from "./records.ts";
import { type Retrying, retried } from "./retry-step.ts";
import { notRun } from "./test-event.ts";
import { type FactsQuestion, readFacts } from "./test-facts.ts";
import { type Message, messageOf, plainMessageOf } from "./test-message.ts";
import { STATEMENTS_A_MESSAGE, sharesOf } from "./test-parts.ts";
import { makeTestReport } from "./test-report.ts";

export type TestAllRequest = Retrying & {
  readonly tests: readonly CompiledTest[];
  /** What the catalog is to be asked about them. */
  readonly question: FactsQuestion;
  readonly projectName: string;
  readonly threads: number;
  readonly clock: () => number;
  readonly subjectOf: SubjectOf;
  /** Told of each ending. */
  readonly remember: (record: TestRecord) => void;
  /** The nodes that a node or test reads. */
  readonly parentsOf: (id: NodeId) => readonly NodeId[];
  readonly isSource: (id: NodeId) => boolean;
  readonly planTests: PlanTests;
  readonly prove: ProvePast;
  /** `asked`: rows are read also where a constraint guarantees the test. */
  readonly constraints: "trusted" | "asked";
  readonly isFailFast: boolean;
};

/** Enough messages are made that every connection has some. */
const MESSAGES_PER_THREAD = 4;

export const testAll = async (request: TestAllRequest): Promise<readonly ExitCode[]> => {
  const { database, signal, parentsOf, isSource } = request;
  if (request.tests.length === 0) return [];
  const failedSources = new Set<NodeId>();
  const emit: Emit = (event) => {
    const isFailure = event.kind === "test_finished" && (event.status === "fail" || event.status === "error");
    if (isFailure && event.node !== undefined && isSource(event.node)) failedSources.add(event.node);
    request.emit(event);
  };
  const running = { cancelRunning: database.cancelRunning, signal, sleep: request.sleep };
  return cancelOnAbort(running, async () => {
    const ofSources: CompiledTest[] = [];
    const rest: CompiledTest[] = [];
    for (const test of request.tests) {
      const { attachedTo } = test.node;
      (attachedTo !== undefined && isSource(attachedTo) ? ofSources : rest).push(test);
    }
    const facts = await factsUnlessStopped(request);
    if (facts === undefined) return cancelled(request, request.tests, STOPPED);
    const exits = await runPlanned({ ...request, emit }, ofSources, facts);
    const isBelowFailure = (test: CompiledTest): boolean =>
      failedSources.size > 0 && [...reach([test.node.id], parentsOf).keys()].some((id) => failedSources.has(id));
    for (const test of rest.filter(isBelowFailure))
      emit(notRun(test, "skipped", "a test of a source that it depends on failed", request.subjectOf));
    const others = rest.filter((test) => !isBelowFailure(test));
    if (request.isFailFast && exits.length > 0) return [...exits, ...cancelled(request, others, FAILED_FAST)];
    return [...exits, ...(await runPlanned({ ...request, emit }, others, facts))];
  });
};

const runPlanned = async (
  request: TestAllRequest,
  all: readonly CompiledTest[],
  facts: TestFacts,
): Promise<readonly ExitCode[]> => {
  const { threads, signal, planTests } = request;
  if (all.length === 0) return [];
  if (signal.aborted) return cancelled(request, all, STOPPED);
  const tests = all.filter((test) => !isOfPast(test));
  const ofPast = all.filter(isOfPast);
  const report = makeTestReport(request, request, request.remember);
  const plan = planTests(tests, request.constraints === "trusted" ? facts : withoutGuarantees(facts));
  report.proved(plan.proved);
  if (plan.statements.length + ofPast.length === 0) return [];
  const size = Math.min(STATEMENTS_A_MESSAGE, Math.ceil(plan.statements.length / (threads * MESSAGES_PER_THREAD)));
  const shares = sharesOf(plan.statements, size);
  const connected = request.database.prepare("read", Math.min(threads, shares.length));
  const waiting = shares.map(messageOf);
  await connected;
  const exits: ExitCode[] = [];
  const isStopped = (): boolean => signal.aborted || (request.isFailFast && exits.length > 0);
  const answered = async (message: Message): Promise<readonly ExitCode[]> => {
    try {
      return await retried(request, "read", "data tests", (session, attempt) =>
        report.message(session, attempt === 1 ? message : plainMessageOf(message.statements)),
      );
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return report.unanswered(message.statements, error);
    }
  };
  const work = async (): Promise<void> => {
    for (let message = waiting.shift(); message !== undefined && !isStopped(); message = waiting.shift()) {
      exits.push(...(await answered(message)));
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, waiting.length) }, work));
  // The dearest last.
  const isLeft = isStopped();
  if (!isLeft && ofPast.length > 0) exits.push(...(await report.pasts(ofPast)));
  const because = signal.aborted ? STOPPED : FAILED_FAST;
  const left = waiting
    .flatMap(({ statements }) => statements)
    .flatMap(({ checks }) => checks.flatMap((check) => check.tests));
  return [...exits, ...cancelled(request, isLeft ? [...left, ...ofPast] : left, because)];
};

const STOPPED = "the run was cancelled";
const FAILED_FAST = "another test failed, and --fail-fast was given";

/** Undefined: the run was stopped before it knew them. */
const factsUnlessStopped = async (request: TestAllRequest): Promise<TestFacts | undefined> => {
  const { database, signal, question } = request;
  if (signal.aborted) return undefined;
  try {
    return await retried(request, "read", "data tests", (session) =>
      readFacts(session, question, database.serverVersion),
    );
  } catch (error) {
    if (error instanceof DatabaseError && signal.aborted) return undefined;
    throw error;
  }
};

const cancelled = (
  { emit, signal, subjectOf }: TestAllRequest,
  tests: readonly CompiledTest[],
  because: string,
): readonly ExitCode[] => {
  for (const test of tests) emit(notRun(test, "cancelled", because, subjectOf));
  // After --fail-fast the failure has its own.
  return tests.length > 0 && signal.aborted ? [3] : [];
};
