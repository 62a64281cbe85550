/** Unit tests in; for each the statement that answers it, or what is wrong with it, out. Asks for columns and for no row. */

import type { CompiledUnitTest, CompiledUnitTests, ShapeColumn } from "../../../domain/compiled-unit-test.ts";
import { DatabaseError, type DescribedColumn, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../../domain/diagnostic.ts";
import type { NodeId } from "../../../domain/names.ts";
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

export type Prepared =
  | { readonly kind: "ready"; readonly unit: UnitCase }
  | { readonly kind: "wrong"; readonly test: CompiledUnitTest; readonly diagnostics: readonly Diagnostic[] };

export type UnitTests = ReadonlyMap<NodeId, Prepared>;

export const prepareUnitTests = async (
  session: Session,
  tests: readonly CompiledUnitTest[],
  shapes: CompiledUnitTests["shapes"],
  seedColumns: SeedColumns,
): Promise<UnitTests> => {
  const known = await findColumns(session, shapes, seedColumns);
  const asked = new Map<object, Sql>();
  for (const test of tests)
    for (const [key, query] of queriesOf(test, known)) if (!asked.has(key)) asked.set(key, query);
  const answers = await describeEach(session, [...asked.values()]);
  const described = new Map([...asked.keys()].map((key, i) => [key, answers[i]] as const));
  return new Map(tests.map((test) => [test.node.id, prepared(test, known, described)] as const));
};

/** All that must be described for a test, each under an object that is the same where the query is. */
const queriesOf = (test: CompiledUnitTest, known: KnownColumns): readonly (readonly [object, Sql])[] => [
  [subjectKey(test, known), subjectQuery(test, known)],
  ...[...test.given.values()].map((rows) => [rows, rows] as const),
  ...(test.expected === undefined ? [] : [[test.expected, test.expected] as const]),
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

type Answers = ReadonlyMap<object, readonly DescribedColumn[] | DatabaseError | undefined>;

const prepared = (test: CompiledUnitTest, known: KnownColumns, answers: Answers): Prepared => {
  const columnsOf = (key: object): readonly ShapeColumn[] => {
    const answer = answers.get(key);
    return answer === undefined || answer instanceof DatabaseError ? [] : answer.map(columnOf);
  };
  const unknown = test.node.given.some(
    ({ node }) => known.get(node)?.kind !== "known" && test.given.get(node) === undefined,
  );
  const keys = [...test.given.values(), ...(test.expected === undefined ? [] : [test.expected])];
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
