/** Data tests alone, in parallel: those of sources first, and what depends on a source that failed is left out. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Database } from "../../domain/contracts/database.ts";
import type { Emit } from "../../domain/event.ts";
import type { ExitCode } from "../../domain/exit-code.ts";
import type { NodeId } from "../../domain/names.ts";
import { textOf } from "../../domain/sql.ts";
import { reach } from "../../lib/dag.ts";
import { cancelOnAbort } from "./cancel.ts";
import { notRun } from "./not-run.ts";
import { makeTestReport } from "./test-report.ts";

export type TestAllRequest = {
  readonly database: Database;
  readonly tests: readonly CompiledTest[];
  readonly projectName: string;
  readonly threads: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly keyOf: (node: string) => readonly string[];
  /** The nodes that a node or test reads. */
  readonly parentsOf: (id: NodeId) => readonly NodeId[];
  readonly isSource: (id: NodeId) => boolean;
  readonly isFailFast: boolean;
};

/** At most so many tests go in one message, and enough messages are made that every connection has some. */
const MESSAGE_SIZE = 50;
const MESSAGES_PER_THREAD = 4;

export const testAll = async (request: TestAllRequest): Promise<readonly ExitCode[]> => {
  const { database, signal, parentsOf, isSource } = request;
  const failedSources = new Set<NodeId>();
  const emit: Emit = (event) => {
    const isFailure = event.kind === "test_finished" && (event.status === "fail" || event.status === "error");
    if (isFailure && event.node !== undefined && isSource(event.node)) failedSources.add(event.node);
    request.emit(event);
  };
  const running = { cancelRunning: database.cancelRunning, signal, sleep: request.sleep };
  return cancelOnAbort(running, async () => {
    const isOfSource = ({ node }: CompiledTest): boolean => node.attachedTo !== undefined && isSource(node.attachedTo);
    const ofSources = await runBatches({ ...request, emit }, request.tests.filter(isOfSource));
    const rest = request.tests.filter((test) => !isOfSource(test));
    const isBelowFailure = (test: CompiledTest): boolean =>
      failedSources.size > 0 && [...reach([test.node.id], parentsOf).keys()].some((id) => failedSources.has(id));
    for (const test of rest.filter(isBelowFailure))
      emit(notRun(test, "skipped", "a test of a source that it depends on failed"));
    const others = await runBatches(
      { ...request, emit },
      rest.filter((test) => !isBelowFailure(test)),
    );
    return [...ofSources, ...others];
  });
};

const runBatches = async (request: TestAllRequest, tests: readonly CompiledTest[]): Promise<readonly ExitCode[]> => {
  const { database, threads, signal } = request;
  const report = makeTestReport(request, request.keyOf, () => undefined);
  const waiting = batchesOf(tests, threads);
  const exits: ExitCode[] = [];
  const isStopped = (): boolean => signal.aborted || (request.isFailFast && exits.length > 0);
  const work = async (): Promise<void> => {
    for (let batch = waiting.shift(); batch !== undefined && !isStopped(); batch = waiting.shift()) {
      const some = batch;
      exits.push(...(await database.withSession("read", (session) => report.tests(session, some))));
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, waiting.length) }, work));
  const because = signal.aborted ? "the run was cancelled" : "another test failed, and --fail-fast was given";
  for (const test of waiting.flat()) request.emit(notRun(test, "cancelled", because));
  return exits;
};

/** Tests of one relation stay together, since they share a scan; relations are joined until a message is full. */
const batchesOf = (tests: readonly CompiledTest[], threads: number): CompiledTest[][] => {
  const size = Math.min(MESSAGE_SIZE, Math.ceil(tests.length / (threads * MESSAGES_PER_THREAD)));
  const byRelation = new Map<string, CompiledTest[]>();
  for (const test of tests) {
    const key = test.relation === undefined ? test.node.id : textOf(test.relation);
    const together = byRelation.get(key);
    if (together === undefined) byRelation.set(key, [test]);
    else together.push(test);
  }
  const batches: CompiledTest[][] = [];
  let last: CompiledTest[] = [];
  for (const together of byRelation.values()) {
    if (last.length === 0 || last.length + together.length > size) {
      last = [];
      batches.push(last);
    }
    last.push(...together);
  }
  return batches;
};
