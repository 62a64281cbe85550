/**
 * What hangs on the replaced relations from outside the run, on its way through publish: before any lock, twins are built
 * and the re-pointing is tried; within the transaction the facts are read again, and become statements.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../../domain/exit-code.ts";
import { type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import type { BuildTask, Plan } from "../../../domain/plan.ts";
import type { PublishedDelta, PublishPlan } from "../../../domain/publish-plan.ts";
import { literal, type Sql, sql } from "../../../domain/sql.ts";
import { SQLSTATE } from "../../../domain/sqlstate.ts";
import { loadRequalifier, type Requalify } from "../../../sql-syntax/requalify.ts";
import { cancelOnAbort } from "../cancel.ts";
import type { RunContext } from "../run-context.ts";
import type { TestReport } from "../test-report.ts";
import { type HangingFacts, NOTHING_HANGS, readHanging, replacedIn } from "./hanging-facts.ts";
import { dropKeyTwin, exchangeKeys, leftKeyTwins, makeKeyTwins } from "./incoming-keys.ts";
import { repointAll } from "./repoint.ts";
import { tryRepointing } from "./repoint-trial.ts";
import { readMatviews } from "./twin-facts.ts";
import { buildTwin, dropReplaced, dropsOfTwins, likeness, placeTwins, type Twin, twinsOf } from "./twins.ts";
import type { UntilCommit } from "./until-commit.ts";

export type Outside = { readonly facts: HangingFacts; readonly twins: readonly Twin[] };

type Limits = { readonly lockTimeoutMs: number; readonly publishTimeoutMs: number; readonly report: TestReport };

export type PreparedOutside =
  | { readonly kind: "ready"; readonly outside: Outside }
  | { readonly kind: "refused"; readonly exits: readonly ExitCode[]; readonly diagnostics: readonly Diagnostic[] };

/** Within a transaction. What is printed under an empty search_path means the same wherever it is run. */
export const readOutside = async (session: Session, publish: PublishPlan): Promise<Outside> => {
  await session.step(sql`savepoint reading; set local search_path = ''`);
  const outside = await read(session, publish);
  await session.step(sql`rollback to savepoint reading`);
  return outside;
};

const read = async (session: Session, publish: PublishPlan): Promise<Outside> => {
  const facts = await readHanging(session, publish);
  return { facts, twins: twinsOf(facts.matviews, await readMatviews(session, facts.matviews), publish) };
};

/** Everything that can be done while live is still as it was. */
export const prepareOutside = (run: UntilCommit, plan: Plan, limits: Limits): Promise<PreparedOutside> => {
  if (replacedIn(plan.publish.relations).length === 0)
    return Promise.resolve({ kind: "ready", outside: { facts: NOTHING_HANGS, twins: [] } });
  const { cancelRunning, withSession } = run.database;
  return cancelOnAbort({ cancelRunning, signal: run.signal, sleep: run.sleep }, () =>
    withSession("model", async (session) => {
      await session.step(sql`begin`);
      const outside = await readOutside(session, plan.publish);
      await session.step(sql`rollback`);
      const { views, functions, policies, rules, keys } = outside.facts;
      const hangs = [...views, ...functions, ...policies, ...rules, ...keys, ...outside.twins];
      if (hangs.length === 0) return { kind: "ready", outside };
      return prepare(run, session, plan, outside, limits);
    }),
  );
};

const prepare = async (
  run: UntilCommit,
  session: Session,
  plan: Plan,
  outside: Outside,
  limits: Limits,
): Promise<PreparedOutside> => {
  const requalify = await loadRequalifier();
  const { facts, twins } = outside;
  const names = namesOf(plan.publish, twins);
  const diagnostics: Diagnostic[] = [];
  for (const twin of twins) {
    if (run.signal.aborted) break;
    const why = await tryTwin(run, session, twin, requalify, names, plan);
    diagnostics.push(...why);
    // What is made of it cannot be built either.
    if (why.length > 0) return { kind: "refused", exits: [exitOf(why)], diagnostics };
  }
  const workspace = workspaceOf(plan.publish.relations[0]?.name.schema ?? "");
  const atOf = (on: readonly RelationName[]) => on.map((name) => taskOf(plan, name)?.at).find((at) => at !== undefined);
  diagnostics.push(...(await tryRepointing(session, { facts, requalify, names, workspace, atOf })));
  if (diagnostics.length > 0) return { kind: "refused", exits: [exitOf(diagnostics)], diagnostics };
  const exits = await makeKeyTwins(run, session, {
    ...limits,
    keys: facts.keys,
    requalify,
    names,
    taskOf: (on) => {
      const task = taskOf(plan, on);
      if (task === undefined) throw new Error(`nothing builds ${relationKey(on)}`);
      return task;
    },
  });
  return exits.length === 0 ? { kind: "ready", outside } : { kind: "refused", exits, diagnostics: [] };
};

/** Where what takes the place of each relation stands until then. */
export const namesOf = ({ relations }: PublishPlan, twins: readonly Twin[]): ReadonlyMap<string, RelationName> =>
  new Map([
    ...replacedIn(relations).map((name): [string, RelationName] => [
      relationKey(name),
      { schema: workspaceOf(name.schema), name: name.name },
    ]),
    ...twins.map(({ of, place }): [string, RelationName] => [relationKey(of.name), place]),
  ]);

const taskOf = (plan: Plan, on: RelationName): BuildTask | undefined => {
  const key = relationKey(on);
  for (const task of plan.tasks.values()) if (task.kind === "build" && relationKey(task.relation) === key) return task;
  return undefined;
};

const tryTwin = async (
  run: RunContext,
  session: Session,
  twin: Twin,
  requalify: Requalify,
  names: ReadonlyMap<string, RelationName>,
  plan: Plan,
): Promise<readonly Diagnostic[]> => {
  const subject = `materialized view ${relationKey(twin.of.name)}`;
  const at = twin.of.on.map((on) => taskOf(plan, on)?.at).find((span) => span !== undefined);
  try {
    await buildTwin(session, twin, requalify, names);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) throw error;
    return [databaseDiagnostic(error, "execute/does-not-fit", subject, at)];
  }
  const bound = await stillBound(session, twin, plan.publish);
  if (bound.length === 0) return [];
  return [
    errorOf("execute/does-not-fit", `${subject} names ${bound.join(", ")} in a constant, which cannot be re-pointed`, {
      at,
      help: "drop it before and make it again after the run; live is unchanged",
    }),
  ];
};

/** A constant of type regclass is no name that could be replaced, and holds on to the old relation. */
const stillBound = async (
  session: Session,
  { place }: Twin,
  { relations }: PublishPlan,
): Promise<readonly string[]> => {
  const replaced = new Set(replacedIn(relations).map(relationKey));
  const rows = await session.rows(sql`
select distinct n.nspname as schema, c.relname as name from pg_class v join pg_namespace vn on vn.oid = v.relnamespace join pg_rewrite w on w.ev_class = v.oid
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass join pg_class c on c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace
where vn.nspname = ${literal(place.schema)} and v.relname = ${literal(place.name)}`);
  return rows
    .map((r) => relationKey({ schema: r["schema"] ?? "", name: r["name"] ?? "" }))
    .filter((key) => replaced.has(key))
    .sort();
};

/** Whether what was prepared is still what is needed; views and the like need no preparation. */
export const isPreparedFor = (prepared: Outside, now: Outside): boolean => likenessOf(prepared) === likenessOf(now);

const likenessOf = ({ facts, twins }: Outside): string => JSON.stringify([facts.keys, twins.map(likeness)]);

/** Tables that a step of publish locks anyway, for the one statement that takes all locks. */
export const tablesOutside = ({ facts: { keys, policies, rules } }: Outside): readonly RelationName[] => [
  ...new Map(
    [...keys, ...policies, ...rules.filter((r) => r.isOnTable)].map(({ table }) => [relationKey(table), table]),
  ).values(),
];

/** New rows may refer to what only the new relation holds: their tables' keys are exchanged before they are applied. */
export const keysBeforeDeltas = ({ facts }: Outside, deltas: readonly PublishedDelta[]): readonly Sql[] =>
  exchangeKeys(facts.keys.filter((key) => isOfDelta(key, deltas)));

const isOfDelta = ({ table }: Outside["facts"]["keys"][number], deltas: readonly PublishedDelta[]): boolean =>
  deltas.some((d) => relationKey(d.name) === relationKey(table));

/** When the new relations stand in their places, with owner and grants. The last that asks for a search_path. */
export const outsideStatements = ({ facts, twins }: Outside, deltas: readonly PublishedDelta[]): readonly Sql[] => [
  sql`set local search_path = ''`,
  ...placeTwins(twins),
  ...exchangeKeys(facts.keys.filter((key) => !isOfDelta(key, deltas))),
  ...repointAll(facts),
  ...dropReplaced(twins),
];

/** What a publish that did not come about made for others. */
export const dropOutside = async (run: RunContext, plan: Plan, lockTimeoutMs: number): Promise<void> => {
  await run.database
    .withSession("model", async (session) => {
      for (const twin of await leftKeyTwins(session, plan.writes))
        await session.run(dropKeyTwin(twin, lockTimeoutMs)).catch(() => undefined);
      for (const drop of await dropsOfTwins(session, plan)) await session.run(drop).catch(() => undefined);
    })
    // The server may be what failed; the next run clears both before anything else.
    .catch(() => undefined);
};
