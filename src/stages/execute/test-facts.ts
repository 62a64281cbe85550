/**
 * Asks the catalog what the planning of data tests goes by: sizes, types, what is guaranteed. One query for all relations.
 * Of a small relation that was just built nothing needs to be asked.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Session } from "../../domain/contracts/database.ts";
import { joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { NO_FACTS, type TestFacts } from "../../domain/test-facts.ts";
import { functionsIn } from "../../domain/test-sql.ts";
import { relationFacts } from "./catalog-facts.ts";

/** So few rows are read faster than asked about. */
const FEW_ROWS = 20_000;

/** `rows`: of what the run has just built, where that is known. */
export const factsFor = (
  session: Session,
  tests: readonly CompiledTest[],
  rows: number | undefined,
): Promise<TestFacts> => {
  const relations = new Set(tests.map((test) => (test.relation === undefined ? "" : textOf(test.relation))));
  const isFew = rows !== undefined && rows <= FEW_ROWS && relations.size === 1 && tests.every((t) => !needsOf(t));
  const isPlain =
    tests.every(({ failing }) => failing.kind === "row" && failing.perValue === undefined) &&
    tests.every((test) => functionsIn(test).length === 0);
  return isFew || isPlain ? Promise.resolve(NO_FACTS) : factsOf(session, tests);
};

export const factsOf = async (session: Session, tests: readonly CompiledTest[]): Promise<TestFacts> => {
  const names = [...new Set(tests.flatMap(relationsOf))];
  const columns = [...new Set(tests.flatMap(columnsOf))];
  const dear = [...new Set(tests.flatMap(dearOf))];
  const functions = [...new Set(tests.flatMap(functionsIn))];
  return {
    relations: await relationFacts(session, {
      names,
      columns,
      dear,
      wantsForeignKeys: tests.some(({ failing }) => failing.kind === "parent"),
    }),
    serialFunctions: functions.length === 0 ? new Set() : await serialAmong(session, functions),
  };
};

/** Columns by whose number of values it is chosen how their test is asked. */
const dearOf = ({ failing }: CompiledTest): readonly string[] => {
  if (failing.kind === "row") return failing.perValue === undefined ? [] : [failing.perValue];
  return failing.kind === "key" && failing.columns.length === 1 ? failing.columns : [];
};

const columnsOf = ({ node: { column }, failing }: CompiledTest): readonly string[] => [
  ...(column === undefined ? [] : [column]),
  ...(failing.kind === "key" ? failing.columns : []),
  ...(failing.kind === "parent" ? [failing.field] : []),
];

/** Names as SQL has them; an ephemeral model is none. */
const relationsOf = (test: CompiledTest): readonly string[] => {
  const others = [...(test.failing.kind === "parent" ? [test.failing.parent] : []), ...(needsOf(test) ?? [])].map(
    textOf,
  );
  const named = test.relation === undefined ? others : [textOf(test.relation), ...others];
  return named.filter((text) => QUALIFIED.test(text));
};

/** What a test compares with and may not be there. */
const needsOf = ({ failing }: CompiledTest): readonly Sql[] | undefined => {
  if (failing.kind !== "query" && failing.kind !== "measured") return undefined;
  return failing.needs === undefined ? undefined : [failing.needs];
};

const QUALIFIED = /^"(?:[^"]|"")+"\."(?:[^"]|"")+"$/;

const serialAmong = async (session: Session, names: readonly string[]): Promise<ReadonlySet<string>> => {
  const listed = joinSql(names.map(literal), sql`, `);
  const rows = await session.rows(
    sql`select distinct lower(proname) as name from pg_proc where proparallel <> 's' and lower(proname) in (${listed})`,
  );
  return new Set(rows.map((row) => row["name"] ?? ""));
};
