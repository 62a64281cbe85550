/** `galley failures`: the failing rows of a run held against those of an earlier one, or the history of a test. Reads only. */
import { DatabaseError, type Session } from "../domain/contracts/database.ts";
import { errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import type { ComparedTest, FoundFailures, RecordedRun } from "../domain/found-failures.ts";
import type { Manifest } from "../domain/manifest.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import { SQLSTATE } from "../domain/sqlstate.ts";
import { suggest } from "../lib/suggest.ts";
import { compare, type Side } from "../stages/failures/compare.ts";
import {
  findRuns,
  type Results,
  readHistory,
  readResults,
  readRows,
  readTestNames,
  type Since,
  type Whose,
} from "../stages/failures/read-runs.ts";
import { sinceOf } from "../stages/failures/since.ts";
import type { Command } from "./context.ts";
import type { FailuresInput } from "./inputs.ts";
import { openSelection, refusedWith, tell } from "./open-project.ts";
import { columnsOf, masked, selectedTests, shortName, testsNow } from "./recorded-tests.ts";
import { withDatabase } from "./with-database.ts";

export const failures: Command<FailuresInput, FoundFailures> = async (context, input) => {
  const opened = await openSelection(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest, nodes } = opened.value;
  const { projectName, target } = manifest;
  const whose = { bookkeeping: bookkeepingSchema(target.schemaPrefix), projectName, target: target.name };
  const isWanted = input.select.length + input.exclude.length === 0 ? () => true : selectedTests(manifest, nodes);
  return withDatabase(context, opened.value, input, "reads", ({ database }) =>
    database.withSession("read", async (session) => {
      const found = await (input.test === undefined
        ? comparedRun(session, whose, input, manifest, isWanted)
        : historyOf(session, whose, input.test, input.limit)
      ).catch(orNothing);
      if (!found.ok) return { exitCode: refusedWith(context, found.diagnostics), value: undefined };
      if (found.value === undefined)
        context.emit({ kind: "note", message: `no run of ${projectName} on target ${target.name} has recorded tests` });
      return { exitCode: 0, value: found.value };
    }),
  );
};

type Found = Outcome<FoundFailures | undefined>;

/** Where nothing was ever built there are no tables. */
const orNothing = (error: unknown): Found => {
  const isAbsent =
    error instanceof DatabaseError &&
    [SQLSTATE.undefinedTable, SQLSTATE.undefinedSchema].some((s) => s === error.sqlstate);
  if (isAbsent) return ok(undefined);
  throw error;
};

const comparedRun = async (
  session: Session,
  whose: Whose,
  input: FailuresInput,
  manifest: Manifest,
  isWanted: (test: string) => boolean,
): Promise<Found> => {
  const run = await oneRun(session, whose, input.run);
  if (!run.ok || run.value === undefined) return run as Found;
  const since = await sinceIn(session, whose, input.since);
  if (!since.ok) return since;
  const all = await resultsSince(session, whose, run.value, since.value, input.since);
  if (!all.ok) return all;
  const results = all.value.filter(({ test }) => isWanted(test));
  const own = run.value.id;
  const rowsOf = await readRows(
    session,
    whose,
    results.flatMap(({ test, before }) => [
      { run: own, test },
      ...(before === undefined ? [] : [{ run: before.run.id, test }]),
    ]),
  );
  const aboutOf = testsNow(manifest);
  const tests = results.map((result): ComparedTest => {
    const { test, failures, before } = result;
    const { personal, order, ...about } = aboutOf(test);
    const sideOf = (id: string | undefined, count: number): Side => ({
      failures: count,
      stored: id === undefined ? [] : masked(rowsOf(id, test), personal),
    });
    const compared = compare(sideOf(own, failures), sideOf(before?.run.id, before?.failures ?? 0));
    return { ...result, ...about, columns: columnsOf(compared.found, order), ...compared };
  });
  return ok({ kind: "compared", run: run.value, tests });
};

/** The newest, or the one whose id begins so; undefined: there is none at all. */
const oneRun = async (
  session: Session,
  whose: Whose,
  id: string | undefined,
): Promise<Outcome<RecordedRun | undefined>> => {
  const [found, second] = await findRuns(session, whose, id);
  if (id === undefined) return ok(found);
  if (found === undefined) {
    const help = "`galley failures --test <name>` lists the runs of a test; the beginning of an id is enough";
    return failed(errorOf("cli/unknown-run", `no run whose id begins with "${id}" has recorded tests`, { help }));
  }
  if (second !== undefined && found.id !== id)
    return failed(
      errorOf("cli/unknown-run", `several runs have an id that begins with "${id}"`, {
        help: `for example ${found.id}`,
      }),
    );
  return ok(found);
};

const sinceIn = async (session: Session, whose: Whose, said: string | undefined): Promise<Outcome<Since>> => {
  const since = sinceOf(said);
  if (since !== undefined) return ok(since);
  const run = await oneRun(session, whose, said);
  return run.ok ? ok({ kind: "run", id: run.value?.id ?? "" }) : run;
};

/** The server has the word on what is a time. */
const resultsSince = async (
  session: Session,
  whose: Whose,
  run: RecordedRun,
  since: Since,
  said: string | undefined,
): Promise<Outcome<readonly Results[]>> => {
  try {
    return ok(await readResults(session, whose, run, since));
  } catch (error) {
    if (!(error instanceof DatabaseError) || !error.sqlstate.startsWith("22") || said === undefined) throw error;
    const help = "for example yesterday, 2026-11-27, 12h, 7d, or the beginning of a run's id";
    return failed(errorOf("cli/bad-value", `--since cannot be "${said}": ${error.message}`, { help }));
  }
};

const historyOf = async (session: Session, whose: Whose, name: string, most: number | undefined): Promise<Found> => {
  const id = name.startsWith("test.") ? name : `test.${whose.projectName}.${name}`;
  const runs = await readHistory(session, whose, id, most ?? MOST_RUNS);
  if (runs.length > 0) return ok({ kind: "history", test: id, name: shortName(id), runs });
  const known = (await readTestNames(session, whose)).map(shortName);
  const near = suggest(shortName(id), known);
  return failed(
    errorOf("cli/unknown-test", `no run has recorded a test "${name}"`, {
      help: near === undefined ? "`galley ls --resource-type test` lists the tests" : `did you mean "${near}"?`,
    }),
  );
};

const MOST_RUNS = 20;
