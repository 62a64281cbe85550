/**
 * The first failing rows of tests that failed. Tests of one scan share a second one for them; where failures are frequent
 * a query of its own stops sooner.
 */
import type { Session } from "../../domain/contracts/database.ts";
import { DatabaseError } from "../../domain/contracts/database.ts";
import type { FailureSample } from "../../domain/event.ts";
import type { NodeId } from "../../domain/names.ts";
import { joinSql, literal, sql, textOf } from "../../domain/sql.ts";
import { failingRowsQuery, rowPredicate } from "../../domain/test-sql.ts";
import { type Front, SHOWN_ROWS, sampleOf, shown } from "./failing-rows.ts";
import type { TestEnding } from "./test-ending.ts";

type Samples = ReadonlyMap<NodeId, FailureSample | undefined>;

export const samplesOf = async (
  session: Session,
  endings: readonly TestEnding[],
  keyOf: (node: string) => readonly string[],
): Promise<Samples> => {
  const samples = new Map<NodeId, FailureSample | undefined>();
  const failing = endings.filter((e) => e.failures > 0 && (e.status === "fail" || e.status === "warn"));
  const scans = new Map<string, TestEnding[]>();
  for (const ending of failing) {
    const { relation, failing: found } = ending.test;
    if (relation === undefined || found.kind !== "row" || isFrequent(ending)) continue;
    scans.set(textOf(relation), [...(scans.get(textOf(relation)) ?? []), ending]);
  }
  for (const together of scans.values()) {
    if (together.length < 2) continue;
    for (const [id, sample] of await sharedSamples(session, together, keyOf)) samples.set(id, sample);
  }
  for (const { test } of failing)
    if (!samples.has(test.node.id))
      samples.set(test.node.id, await sampleOf(session, failingRowsQuery(test), frontOf(test, keyOf)));
  return samples;
};

/** Then the first rows are found long before the end of the relation. */
const isFrequent = ({ failures }: TestEnding): boolean => failures >= 20 * SHOWN_ROWS;

/** Each failing row once for each test that it fails, as many of a test as are shown. */
const sharedSamples = async (
  session: Session,
  endings: readonly TestEnding[],
  keyOf: (node: string) => readonly string[],
): Promise<Samples> => {
  const predicates = endings.map(({ test }) => rowPredicate(test));
  const values = joinSql(
    predicates.map((predicate, i) => sql`(${literal(i)}, ${predicate})`),
    sql`, `,
  );
  const from = endings[0]?.test.relation ?? sql``;
  const ranked = sql`select galley_v.galley_test, row_number() over (partition by galley_v.galley_test) as galley_row, t.* from ${from} as t cross join lateral (values ${values}) as galley_v (galley_test, galley_failed) where (${joinSql(predicates, sql` or `)}) and galley_v.galley_failed`;
  try {
    const found = await session.table(
      sql`select * from (\n${ranked}\n) as failing where galley_row <= ${literal(SHOWN_ROWS)}`,
    );
    const columns = found.columns.slice(2);
    return new Map(
      endings.map(({ test }, i) => {
        const rows = found.rows.filter((row) => row[0] === String(i)).map((row) => row.slice(2));
        return [test.node.id, shown({ columns, rows }, failingRowsQuery(test), frontOf(test, keyOf))];
      }),
    );
  } catch (error) {
    // Each is then asked for by itself.
    if (error instanceof DatabaseError) return new Map();
    throw error;
  }
};

const frontOf = ({ node }: TestEnding["test"], keyOf: (node: string) => readonly string[]): Front => ({
  key: node.attachedTo === undefined ? [] : keyOf(node.attachedTo),
  tested: node.column === undefined ? [] : [node.column],
});
