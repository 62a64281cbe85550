/**
 * Which columns of live a run will change, asked of the server before anything is built: each query becomes a temporary
 * view upon those of its parents, in a transaction that is rolled back. No row is read.
 */

import type { DeltaStep } from "../../domain/build-steps.ts";
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import { type ColumnForecast, type ColumnSource, type Foretold, NOTHING_FORETOLD } from "../../domain/forecast.ts";
import { type RelationName, relationKey } from "../../domain/names.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { loadRequalifier, type NewNames, type Requalify } from "../../sql-syntax/requalify.ts";
import { declaredColumns, differencesBetween } from "./contract.ts";
import { columnsOf, readColumns, shapeOf } from "./delta/columns.ts";
import { changedColumns } from "./publish/row-types.ts";

/** Views of one message: the common case, in which all of them can be described. */
const AT_ONCE = 100;

/** Whoever changes live just now is not waited for. */
const LOCK_TIMEOUT_MS = 500;

type Told = { readonly of: Foretold; readonly view: RelationName };
type Untold = ColumnForecast["untold"][number];

export const forecastColumns = async (session: Session, relations: readonly Foretold[]): Promise<ColumnForecast> => {
  const requalify = await loadRequalifier();
  await session.step(sql`begin; set local lock_timeout = ${literal(LOCK_TIMEOUT_MS)}`);
  try {
    // A standby has no temporary relations, and not every role may make them.
    if (!(await fits(session, sql`create view ${relation(viewOf(-1))} as select`))) return NOTHING_FORETOLD;
    const told: Told[] = [];
    const untold: Untold[] = [];
    const names = new Map<string, RelationName>();
    for (let i = 0; i < relations.length; i += AT_ONCE) {
      const some = relations.slice(i, i + AT_ONCE).map((of, j) => ({ of, view: viewOf(i + j) }));
      const described = await describe(session, some, names, requalify);
      told.push(...described.told);
      untold.push(...described.untold);
    }
    const broken: Diagnostic[] = [];
    for (const [i, of] of relations.entries())
      broken.push(...(await brokenContract(session, { of, view: viewOf(i) }, names, requalify)));
    const pairs = told.flatMap(({ of, view }) => (of.isLive ? [{ live: of.relation, made: view }] : []));
    return { changed: await changedColumns(session, pairs), untold, broken };
  } finally {
    await session.step(sql`rollback`);
  }
};

const viewOf = (number: number): RelationName => ({ schema: "pg_temp", name: `galley_${number + 1}` });

/** `names` gets what later queries read in place of these relations. */
const describe = async (
  session: Session,
  some: readonly Told[],
  names: Map<string, RelationName>,
  requalify: Requalify,
): Promise<{ readonly told: readonly Told[]; readonly untold: readonly Untold[] }> => {
  for (const { of, view } of some) names.set(relationKey(of.workspace), view);
  const statements = some.map((one) => viewSql(one, names, requalify));
  if (!statements.includes(undefined) && (await fits(session, joinSql(statements as readonly Sql[], sql`;\n`))))
    return { told: some, untold: [] };
  const told: Told[] = [];
  const untold: Untold[] = [];
  for (const one of some) {
    const refusal = await describeOne(session, one, names, requalify);
    if (refusal === undefined) told.push(one);
    else if (!isForWantOf(refusal)) untold.push({ relation: one.of.relation, message: refusal });
  }
  return { told, untold };
};

/** What reads a relation that could not be described says nothing of its own. */
const isForWantOf = (message: string): boolean => message === NOT_KNOWN || message.includes('"pg_temp.galley_');

const NOT_KNOWN = "its columns are known when it is built";

/** Undefined where it could be described. */
const describeOne = async (
  session: Session,
  { of, view }: Told,
  names: NewNames,
  requalify: Requalify,
): Promise<string | undefined> => {
  const { from } = of;
  if (from.kind === "delta") return describeDelta(session, from.step, view, names, requalify);
  const statement = viewSql({ of, view }, names, requalify);
  return statement === undefined ? NOT_KNOWN : refusalOf(session, statement);
};

/** Undefined for what takes more than a statement, and for what is not known. */
const viewSql = ({ of, view }: Told, names: NewNames, requalify: Requalify): Sql | undefined => {
  const { from } = of;
  switch (from.kind) {
    case "query":
      return sql`create view ${relation(view)} as\n${requalify(from.query, names)}`;
    case "columns":
      return standIn(view, from.columns);
    case "live":
      return sql`create view ${relation(view)} as select * from ${relation(of.relation)}`;
    case "delta":
    case "unknown":
      return undefined;
    default:
      return unreachable(from);
  }
};

const standIn = (view: RelationName, columns: Extract<ColumnSource, { kind: "columns" }>["columns"]): Sql =>
  sql`create view ${relation(view)} as select ${joinSql(
    columns.map((c) => sql`null::${c.type} as ${ident(c.name)}`),
    sql`, `,
  )}`;

/** As it will be with the new rows: what `on_schema_change` refuses is said by the build, with a table of differences. */
const describeDelta = async (
  session: Session,
  step: DeltaStep,
  view: RelationName,
  names: NewNames,
  requalify: Requalify,
): Promise<string | undefined> => {
  const given = { schema: view.schema, name: `${view.name}_given` };
  const asLive = new Map([...names, [relationKey(step.overlay), step.live] as const]);
  const refusal = await refusalOf(session, sql`create view ${relation(given)} as\n${requalify(step.query, asLive)}`);
  if (refusal !== undefined) return refusal;
  const { first, second } = readColumns(await session.rows(columnsOf(step.live, given)));
  const shape = shapeOf(first, second, step.onSchemaChange);
  const columns = shape.kind === "refused" || step.onSchemaChange === "ignore" ? first : shape.columns;
  return refusalOf(
    session,
    standIn(
      view,
      columns.map(({ name, type }) => ({ name, type: authored(type, undefined) })),
    ),
  );
};

/** What cannot be described after all is held to its contract right before it is built. */
const brokenContract = async (
  session: Session,
  { of: { contract }, view }: Told,
  names: NewNames,
  requalify: Requalify,
): Promise<readonly Diagnostic[]> => {
  if (contract === undefined) return [];
  const [declared, found] = ["declared", "found"].map((what) => ({ ...view, name: `${view.name}_${what}` }));
  if (declared === undefined || found === undefined) return [];
  const made = await fits(
    session,
    sql`create view ${relation(found)} as\n${requalify(contract.query, names)};
create view ${relation(declared)} as select ${declaredColumns(contract)}`,
  );
  return made ? differencesBetween(session, contract, declared, found) : [];
};

const fits = async (session: Session, statements: Sql): Promise<boolean> =>
  (await refusalOf(session, statements)) === undefined;

const refusalOf = async (session: Session, statements: Sql): Promise<string | undefined> => {
  try {
    await session.step(sql`savepoint one; ${statements};\nrelease one`);
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    await session.step(sql`rollback to savepoint one`);
    return error.message;
  }
};
