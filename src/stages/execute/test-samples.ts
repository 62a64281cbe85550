/**
 * The first failing rows of tests that failed. Tests of one scan share a second one for them; where failures are frequent
 * a query of its own stops sooner.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Session } from "../../domain/contracts/database.ts";
import { DatabaseError } from "../../domain/contracts/database.ts";
import type { NodeId } from "../../domain/names.ts";
import { joinSql, literal, sql, textOf } from "../../domain/sql.ts";
import { failingRowsQuery, rowPredicate } from "../../domain/test-sql.ts";
import type { SubjectOf, TestSubject } from "../../domain/test-subject.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { type ColumnsIn, loadColumnReader } from "../../sql-syntax/columns-in.ts";
import {
  type Asked,
  type FoundRows,
  fetchRows,
  rowsOf,
  shown,
  storedForm,
  wantedRows,
  withoutOwn,
} from "./failing-rows.ts";
import { readyQuery } from "./ready-query.ts";
import type { TestEnding } from "./test-ending.ts";

type Samples = ReadonlyMap<NodeId, FoundRows | undefined>;

/** `kept`: a transaction is open, whose snapshot has counted the rows. */
export type Snapshot = "kept" | "of each message";

export const samplesOf = async (
  session: Session,
  endings: readonly TestEnding[],
  subjectOf: SubjectOf,
  snapshot: Snapshot,
): Promise<Samples> => {
  const samples = new Map<NodeId, FoundRows | undefined>();
  const failing = endings.filter((e) => e.failures > 0 && (e.status === "fail" || e.status === "warn"));
  if (failing.length === 0) return samples;
  const columnsIn = await loadColumnReader();
  const scans = new Map<string, Sampled[]>();
  const alone: Sampled[] = [];
  for (const { test, failures } of failing) {
    const sampled = { test, asked: askedOf(test, subjectOf, columnsIn) };
    const wanted = wantedRows(sampled.asked.subject);
    const scan = wanted === 0 || isFrequent(failures, wanted) ? undefined : scanOf(sampled);
    if (scan === undefined) alone.push(sampled);
    else scans.set(scan, [...(scans.get(scan) ?? []), sampled]);
  }
  for (const together of scans.values()) {
    const found = together.length < 2 ? undefined : await sharedSamples(session, together);
    if (found === undefined) alone.push(...together);
    else for (const [id, sample] of found) samples.set(id, sample);
  }
  for (const { test, asked } of alone) samples.set(test.node.id, await ownSample(session, test, asked, snapshot));
  return samples;
};

type Sampled = { readonly test: CompiledTest; readonly asked: Asked };

const askedOf = (test: CompiledTest, subjectOf: SubjectOf, columnsIn: ColumnsIn): Asked => ({
  subject: withDerived(withinLimit(subjectOf(test.node.id, test.node.attachedTo), test), test),
  tested: [
    ...new Set([...(test.node.column === undefined ? [] : [test.node.column]), ...testedColumns(test, columnsIn)]),
  ],
  groupedBy: test.failing.kind === "key" ? test.failing.columns : [],
  query: readyQuery(test),
});

/** No more rows than are counted. */
const withinLimit = (subject: TestSubject, { node }: CompiledTest): TestSubject => {
  const { limit } = node.config;
  if (limit === undefined) return subject;
  const { failures } = subject;
  return {
    ...subject,
    failures: { ...failures, show: Math.min(failures.show, limit), store: Math.min(failures.store, limit) },
  };
};

/** What the test is about, as far as it says so. */
const testedColumns = ({ failing }: CompiledTest, columnsIn: ColumnsIn): readonly string[] => {
  switch (failing.kind) {
    case "row":
      return columnsIn(failing.predicate);
    case "key":
      return failing.columns;
    case "parent":
      return [failing.column];
    case "query":
    case "measured":
    case "screened":
    case "past":
    case "none":
      return [];
    default:
      return unreachable(failing);
  }
};

/** The columns in which kinds show values of the rows by other names: of a personal column they are personal too. */
const withDerived = (subject: TestSubject, { node }: CompiledTest): TestSubject => {
  if (subject.personal.size === 0) return subject;
  const isOfPersonal = node.column === undefined || subject.personal.has(node.column);
  const ofColumn = node.column === undefined ? [] : OF_COLUMN;
  return isOfPersonal ? { ...subject, personal: new Set([...subject.personal, ...OF_ROWS, ...ofColumn]) } : subject;
};

const OF_ROWS = ["row", "here", "there", "galley_next", "galley_value"];
const OF_COLUMN = ["value", "after", "before", "galley_previous"];

/** Then the first rows are found long before the end of the relation. */
const isFrequent = (failures: number, wanted: number): boolean => failures >= 20 * wanted;

/** Of the same relation, and the same of its rows is stored: undefined where the rows cannot be found in a scan. */
const scanOf = ({ test: { relation, failing }, asked }: Sampled): string | undefined =>
  relation === undefined || failing.kind !== "row"
    ? undefined
    : `${textOf(relation)} ${textOf(storedForm(asked.subject))}`;

/** Each failing row once for each test that it fails, as many of a test as are wanted. */
const sharedSamples = async (session: Session, together: readonly Sampled[]): Promise<Samples | undefined> => {
  const [first] = together;
  if (first === undefined) return undefined;
  const predicates = together.map(({ test }) => rowPredicate(test));
  const values = joinSql(
    predicates.map((predicate, i) => sql`(${literal(i)}, ${predicate})`),
    sql`, `,
  );
  const ranked = sql`select galley_v.galley__test, row_number() over (partition by galley_v.galley__test) as galley__row, t.* from ${first.test.relation ?? sql``} as t cross join lateral (values ${values}) as galley_v (galley__test, galley_failed) where (${joinSql(predicates, sql` or `)}) and galley_v.galley_failed`;
  try {
    const found = await session.table(fetchRows(widestOf(together), ranked));
    return new Map(
      together.map(({ test, asked }, i) => {
        const own = found.rows.filter((row) => row[1] === String(i));
        return [test.node.id, shown(withoutOwn({ columns: found.columns, rows: own }, 2), asked)];
      }),
    );
  } catch (error) {
    // Each is then asked for by itself.
    if (error instanceof DatabaseError) return undefined;
    throw error;
  }
};

/** Of them that wants the most rows: the others leave what they do not want. */
const widestOf = (together: readonly Sampled[]): TestSubject => {
  const most = (of: (subject: TestSubject) => number): number => Math.max(...together.map((s) => of(s.asked.subject)));
  const [first] = together;
  if (first === undefined) throw new Error("no test wants rows");
  const { subject } = first.asked;
  const counts = { show: most((s) => s.failures.show), store: most((s) => s.failures.store) };
  return { ...subject, failures: { ...subject.failures, ...counts } };
};

/** The first groups of a key are found by sorting in half the time of hashing all of them. One message: the next may go elsewhere. */
const ownSample = (
  session: Session,
  test: CompiledTest,
  asked: Asked,
  snapshot: Snapshot,
): Promise<FoundRows | undefined> => {
  const failing = failingRowsQuery(test);
  if (test.failing.kind !== "key") return rowsOf(session, failing, asked);
  return rowsOf(session, failing, asked, (select) =>
    snapshot === "kept"
      ? sql`${SORT}; ${select}; set local enable_hashagg to default`
      : sql`begin read only; ${SORT}; ${select}; commit`,
  );
};

const SORT = sql`set local enable_hashagg = off`;
