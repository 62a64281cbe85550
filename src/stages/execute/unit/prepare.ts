/** Unit tests in; what makes of each the statement that answers it, or what is wrong with it, out. Asks for columns and for no row. */

import type { CompiledUnitTest, CompiledUnitTests, ShapeColumn } from "../../../domain/compiled-unit-test.ts";
import { DatabaseError, type DescribedColumn, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../../domain/diagnostic.ts";
import type { Sql } from "../../../domain/sql.ts";
import { type UnitCase, unitCase } from "./case.ts";
import {
  columnOf,
  describeEach,
  filledWith,
  findColumns,
  type KnownColumns,
  nothingOf,
  type SeedColumns,
} from "./columns.ts";

type Prepared =
  | { readonly kind: "ready"; readonly unit: UnitCase }
  | { readonly kind: "wrong"; readonly test: CompiledUnitTest; readonly diagnostics: readonly Diagnostic[] };

/** Made when it is sent: the statements of all tests together would fill memory. */
export type UnitTests = (test: CompiledUnitTest) => Prepared;

export const prepareUnitTests = async (
  session: Session,
  tests: readonly CompiledUnitTest[],
  shapes: CompiledUnitTests["shapes"],
  seedColumns: SeedColumns,
): Promise<UnitTests> => {
  const known = await findColumns(session, shapes, seedColumns);
  const asked = new Map<object, Sql>();
  for (const test of tests) {
    const key = subjectKey(test, known);
    if (!asked.has(key)) asked.set(key, subjectQuery(test, known));
    for (const rows of rowQueriesOf(test)) asked.set(rows, rows);
  }
  const answers = await describeEach(session, [...asked.values()]);
  const described: Answers = new Map([...asked.keys()].map((key, i) => [key, answerOf(answers[i])] as const));
  return (test) => prepared(test, known, described);
};

/** Rows that are a query: described under themselves, as a subject's query is under what is the same where it is. */
const rowQueriesOf = ({ given, expected }: CompiledUnitTest): readonly Sql[] => [
  ...given.values(),
  ...(expected === undefined ? [] : [expected]),
];

/** Where only a test's own rows say which columns there are, its query is like no other's. */
const subjectKey = (test: CompiledUnitTest, known: KnownColumns): object =>
  [...test.query.reads.keys()].every((id) => known.get(id)?.kind === "known") ? test.query : test;

const subjectQuery = (test: CompiledUnitTest, known: KnownColumns): Sql =>
  filledWith(
    test.query,
    [...test.query.reads].flatMap(([id, name]) => {
      const one = known.get(id);
      const query = one?.kind === "known" ? nothingOf(one.columns) : test.given.get(id);
      return query === undefined ? [] : [{ name, query }];
    }),
  );

type Answer = readonly ShapeColumn[] | DatabaseError;

type Answers = ReadonlyMap<object, Answer>;

const answerOf = (answer: readonly DescribedColumn[] | DatabaseError | undefined): Answer =>
  answer instanceof DatabaseError ? answer : (answer ?? []).map(columnOf);

const prepared = (test: CompiledUnitTest, known: KnownColumns, answers: Answers): Prepared => {
  const columnsOf = (key: object): readonly ShapeColumn[] => {
    const answer = answers.get(key);
    return answer === undefined || answer instanceof DatabaseError ? [] : answer;
  };
  const unknown = test.node.given.some(
    ({ node }) => known.get(node)?.kind !== "known" && test.given.get(node) === undefined,
  );
  const keys = rowQueriesOf(test);
  // What is not known of an input makes its query wrong too, and is told in better words.
  const refused = [...keys, ...(unknown ? [] : [subjectKey(test, known)])].flatMap((key) => {
    const answer = answers.get(key);
    return answer instanceof DatabaseError ? [answer] : [];
  })[0];
  if (refused !== undefined) {
    const diagnostic = databaseDiagnostic(refused, "execute/unit-test-error", test.node.id, test.node.at);
    return { kind: "wrong", test, diagnostics: [diagnostic] };
  }
  const made = unitCase(test, known, {
    output: columnsOf(subjectKey(test, known)),
    given: new Map([...test.given].map(([id, rows]) => [id, columnsOf(rows)])),
    expected: test.expected === undefined ? undefined : columnsOf(test.expected),
  });
  return made.ok ? { kind: "ready", unit: made.value } : { kind: "wrong", test, diagnostics: made.diagnostics };
};
