/** The SQL that a data test stands for, whoever sends it: its predicate, and the query of its failing rows. */
import type { CompiledTest } from "./compiled.ts";
import { type Sql, sql } from "./sql.ts";

/** `case` also fixes the order of evaluation, so that `where` may guard the predicate from a cast error. */
export const rowPredicate = ({ failing, where }: CompiledTest): Sql => {
  const predicate = failing.kind === "row" ? failing.predicate : sql`true`;
  return where === undefined ? sql`(\n${predicate}\n)` : sql`case when (\n${where}\n) then (\n${predicate}\n) end`;
};

/** The rows themselves, for people: what a test's count counts. */
export const failingRowsQuery = (test: CompiledTest): Sql =>
  test.failing.kind === "row"
    ? sql`select * from ${test.relation ?? sql``} as t where ${rowPredicate(test)}`
    : test.failing.query;

export const whereOf = ({ where }: Pick<CompiledTest, "where">): Sql =>
  where === undefined ? sql`` : sql` where (\n${where}\n)`;

/** Words before a parenthesis, in what authors wrote: some are no functions, which does no harm. */
export const functionsIn = (test: CompiledTest): readonly string[] => {
  const authored = rowPredicate(test).pieces.filter((piece) => piece.origin !== undefined);
  return authored.flatMap(({ text }) => [...text.matchAll(CALL)].map((found) => (found[1] ?? "").toLowerCase()));
};

const CALL = /([\p{L}_][\p{L}\p{N}_$]*)"?\s*\(/gu;
