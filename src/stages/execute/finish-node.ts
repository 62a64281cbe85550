/** What follows a node's data: constraints and indexes together, comments, what stood on the old one, the record that it is built. */
import type { Session } from "../../domain/contracts/database.ts";
import { DatabaseError } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { RelationName } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { ident, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import { isNoFault, SQLSTATE } from "../../domain/sqlstate.ts";
import { askOfComments, commentStatements, warnOfComments } from "./comments.ts";
import { expectOf } from "./delta/build-delta.ts";
import { structureDifferences } from "./delta/structure.ts";
import { holds, runAgain } from "./holds.ts";
import { setLocal } from "./node-settings.ts";
import { notCarried } from "./publish/carry/not-carried.ts";
import { markBuilt } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { setStanding } from "./set-standing.ts";
import { analyzeOf, commentOf, isDoneWithData, rowsAt } from "./task-sql.ts";

type Finished = {
  readonly violated: readonly ConstraintStep[];
  /** Constraints and indexes that could not be made for another reason than the data. */
  readonly diagnostics: readonly Diagnostic[];
};

const WELL: Finished = { violated: [], diagnostics: [] };

/**
 * All constraints in one transaction, apart from the data, so that failing rows can still be shown. `isAgain`: another try
 * may have made some of them, and not have known.
 */
export const finish = async (
  run: RunContext,
  session: Session,
  task: BuildTask,
  isAgain: boolean,
): Promise<Finished> => {
  if (isDoneWithData(task)) return WELL;
  const isLast = task.checks.length + task.standing.length === 0 && task.data.kind !== "delta";
  const record = isLast ? [markBuilt(run, task.node)] : [];
  const unmade = isAgain ? [...task.constraints].reverse().map((c) => unmake(rowsAt(task), c)) : [];
  const changes = [...unmade, ...changesOf(rowsAt(task), task.constraints), ...commentStatements(task), ...record];
  const message = sql`${commentOf(task)}begin;${setLocal(task)} ${joinSql(changes, sql`; `)}${task.standing.length === 0 ? analyzeOf(task) : sql``}; commit${askOfComments(task)}`;
  try {
    warnOfComments(run, task, await runAgain(session, message));
  } catch (error) {
    if (!(error instanceof DatabaseError) || isNoFault(error.sqlstate)) throw error;
    const found = await oneByOne(session, task);
    if (found.violated.length === 0 && found.diagnostics.length === 0) throw error;
    return found;
  }
  return isLast ? WELL : lookAt(run, session, task);
};

/**
 * What no constraint in the workspace can refuse: keys that stand on live, and whether live is still as it is declared.
 * Then what was set on the relation that is replaced.
 */
const lookAt = async (run: RunContext, session: Session, task: BuildTask): Promise<Finished> => {
  const violated: ConstraintStep[] = [];
  for (const check of task.checks) {
    if (check.violations === undefined) continue;
    const rows = await session.rows(sql`select exists (\n${check.violations}\n) as found`);
    if (rows[0]?.["found"] === "t") violated.push(check);
  }
  const step = task.data.kind === "delta" ? task.data.step : undefined;
  const diagnostics = [
    ...(step === undefined ? [] : await structureDifferences(session, task, step)),
    ...(await setStanding(session, task)),
  ];
  if (violated.length + diagnostics.length > 0) return { violated, diagnostics };
  const expected = step === undefined ? [] : [await expectOf(session, step)];
  const analyzed = task.standing.length === 0 ? sql`` : analyzeOf(task);
  const last = sql`${markBuilt(run, task.node)}${analyzed}`;
  await session.run(joinSql([sql`begin`, ...expected, last, sql`commit`], sql`; `));
  return WELL;
};

/** The actions of ALTER TABLE joined into one statement, then what needs a statement of its own. */
const changesOf = (workspace: RelationName, constraints: readonly ConstraintStep[]): readonly Sql[] => {
  const actions = constraints.flatMap((c) => (c.change.kind === "action" ? [c.change.sql] : []));
  const statements = constraints.flatMap((c) => (c.change.kind === "statement" ? [c.change.sql] : []));
  if (actions.length === 0) return statements;
  return [sql`alter table ${relation(workspace)} ${joinSql(actions, sql`, `)}`, ...statements];
};

const unmake = (on: RelationName, { kind, name }: ConstraintStep): Sql =>
  kind === "index" || kind === "unique index"
    ? sql`drop index if exists ${relation({ schema: on.schema, name })}`
    : sql`alter table ${relation(on)} drop constraint if exists ${ident(name)}`;

/** Each by itself, to find every one that cannot be made, and why. */
const oneByOne = async (session: Session, task: BuildTask): Promise<Finished> => {
  const violated: ConstraintStep[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const constraint of task.constraints) {
    const [change] = changesOf(rowsAt(task), [constraint]);
    if (change === undefined) continue;
    try {
      if (!(await holds(session, change))) violated.push(constraint);
    } catch (error) {
      if (!(error instanceof DatabaseError) || isNoFault(error.sqlstate)) throw error;
      // A foreign key on the table itself asks for the key that was just found violated: no news.
      if (error.sqlstate === SQLSTATE.invalidForeignKey && violated.length > 0) continue;
      diagnostics.push(unmadeDiagnostic(task, constraint, error));
    }
  }
  return { violated, diagnostics };
};

const unmadeDiagnostic = ({ node }: BuildTask, constraint: ConstraintStep, error: DatabaseError): Diagnostic => {
  const { origin, relation: on, name, at } = constraint;
  if (origin === "standing") return notCarried({ on, kind: constraint.kind.replaceAll("_", " "), name }, error, at);
  return databaseDiagnostic(error, "execute/sql-error", `${node}: ${name}`, at);
};
