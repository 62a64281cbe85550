/**
 * Asks the catalog what the planning of data tests goes by: sizes, types, what is guaranteed. One query for all relations.
 * Of a small relation that was just built nothing needs to be asked.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Session } from "../../domain/contracts/database.ts";
import { joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { NO_FACTS, type TestFacts } from "../../domain/test-facts.ts";
import { functionsIn } from "../../domain/test-sql.ts";
import { type FactsWanted, relationFacts } from "./catalog-facts.ts";

/** So few rows are read faster than asked about. */
const FEW_ROWS = 20_000;

/** `rows`: of what the run has just built, where that is known. */
export const factsFor = (
  session: Session,
  tests: readonly CompiledTest[],
  serverVersion: number,
  rows: number | undefined,
): Promise<TestFacts> => {
  const relations = new Set(tests.map((test) => (test.relation === undefined ? "" : textOf(test.relation))));
  const isFew =
    rows !== undefined && rows <= FEW_ROWS && relations.size === 1 && tests.every((t) => needsOf(t) === undefined);
  const isPlain =
    tests.every(({ failing }) => failing.kind === "row" && failing.perValue === undefined) &&
    tests.every((test) => functionsIn(test).length === 0);
  return isFew || isPlain ? Promise.resolve(NO_FACTS) : factsOf(session, tests, serverVersion);
};

const factsOf = (session: Session, tests: readonly CompiledTest[], serverVersion: number): Promise<TestFacts> =>
  readFacts(session, factsAbout(tests), serverVersion);

/** What is to be asked of the catalog for these tests. */
export type FactsQuestion = Omit<FactsWanted, "serverVersion"> & {
  /** Whose safety in parallel matters. */
  readonly functions: readonly string[];
};

/** Pure, so that it can be made ready before there is a connection. */
export const factsAbout = (tests: readonly CompiledTest[]): FactsQuestion => {
  const names = new Set<string>();
  const columns = new Set<string>();
  const dear = new Set<string>();
  const functions = new Set<string>();
  for (const test of tests) {
    const { relation, failing } = test;
    for (const read of [relation, needsOf(test)]) if (read !== undefined) names.add(textOf(read));
    if (failing.kind === "parent") names.add(textOf(failing.parent));
    addColumns(columns, test);
    addDear(dear, test);
    for (const name of functionsIn(test)) functions.add(name);
  }
  return {
    names: [...names],
    columns: [...columns],
    dear: [...dear],
    wantsForeignKeys: tests.some(({ failing }) => failing.kind === "parent"),
    functions: [...functions],
  };
};

export const readFacts = async (
  session: Session,
  { functions, ...wanted }: FactsQuestion,
  serverVersion: number,
): Promise<TestFacts> => ({
  relations: await relationFacts(session, { ...wanted, serverVersion }),
  serialFunctions: functions.length === 0 ? new Set() : await serialAmong(session, functions),
});

/** Columns by whose number of values it is chosen how their test is asked. */
const addDear = (dear: Set<string>, { failing }: CompiledTest): void => {
  if (failing.kind === "row" && failing.perValue !== undefined) dear.add(failing.perValue);
  const [first] = failing.kind === "key" && failing.columns.length === 1 ? failing.columns : [];
  if (first !== undefined) dear.add(first);
};

const addColumns = (columns: Set<string>, { node: { column }, failing }: CompiledTest): void => {
  if (column !== undefined) columns.add(column);
  if (failing.kind === "key") for (const key of failing.columns) columns.add(key);
  if (failing.kind === "parent") columns.add(failing.field);
};

/** What a test compares with and may not be there. */
const needsOf = ({ failing }: CompiledTest): Sql | undefined =>
  failing.kind === "query" || failing.kind === "measured" ? failing.needs : undefined;

const serialAmong = async (session: Session, names: readonly string[]): Promise<ReadonlySet<string>> => {
  const listed = joinSql(names.map(literal), sql`, `);
  const rows = await session.rows(
    sql`select distinct lower(proname) as name from pg_proc where proparallel <> 's' and lower(proname) in (${listed})`,
  );
  return new Set(rows.map((row) => row["name"] ?? ""));
};
