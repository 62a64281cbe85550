/** The SQL that a data test stands for, whoever sends it: its predicate, and the query of its failing rows. */
import type { CompiledTest } from "./compiled.ts";
import { type Sql, type SqlPiece, sql } from "./sql.ts";

/** `case` also fixes the order of evaluation, so that `where` may guard the predicate from a cast error. */
export const rowPredicate = ({ failing, where }: Pick<CompiledTest, "failing" | "where">): Sql => {
  const predicate = failing.kind === "row" ? failing.predicate : sql`true`;
  return where === undefined ? sql`(\n${predicate}\n)` : sql`case when (\n${where}\n) then (\n${predicate}\n) end`;
};

/** The rows themselves, for people: what a test's count counts. */
export const failingRowsQuery = (test: CompiledTest): Sql => {
  const { failing } = test;
  if (failing.kind === "none" || failing.kind === "past") return sql`select where false`;
  return failing.kind === "row"
    ? sql`select * from ${test.relation ?? sql``} as t where ${rowPredicate(test)}`
    : failing.query;
};

export const whereOf = ({ where }: Pick<CompiledTest, "where">): Sql =>
  where === undefined ? sql`` : sql` where (\n${where}\n)`;

/** What authors wrote of a test that shares a statement with others. */
export const authoredPieces = ({ failing, where }: CompiledTest): readonly SqlPiece[] => {
  const pieces: SqlPiece[] = [];
  const add = (written: Sql | undefined): void => {
    for (const piece of written?.pieces ?? []) if (piece.origin !== undefined) pieces.push(piece);
  };
  add(where);
  if (failing.kind === "row") add(failing.predicate);
  else if (failing.kind === "measured") add(failing.failures);
  else if (failing.kind === "parent") add(failing.among);
  return pieces;
};

/** Words before a parenthesis, in what authors wrote: some are no functions, which does no harm. */
export const functionsIn = (test: CompiledTest): readonly string[] =>
  authoredPieces(test).flatMap(({ text }) => [...text.matchAll(CALL)].map((found) => (found[1] ?? "").toLowerCase()));

const CALL = /([\p{L}_][\p{L}\p{N}_$]*)"?\s*\(/gu;
