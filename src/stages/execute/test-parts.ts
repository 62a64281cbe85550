/** How the statements of data tests are put into messages, and a statement that raised into parts. */

import type { TestCheck, TestStatement } from "../../domain/test-plan.ts";
import { authoredPieces } from "../../domain/test-sql.ts";
import { type Message, messageOf } from "./test-message.ts";

/** Measured: 20, 50 and 100 small statements a message are equally fast. */
export const STATEMENTS_A_MESSAGE = 50;

/** A big statement has a message to itself, so that its time is its own. */
export const messagesOf = (statements: readonly TestStatement[]): readonly Message[] =>
  sharesOf(statements, STATEMENTS_A_MESSAGE).map(messageOf);

/** The longest first, so that none of them is left for the end. */
export const sharesOf = (statements: readonly TestStatement[], size: number): readonly (readonly TestStatement[])[] => {
  const small = statements.filter((s) => s.size === "small");
  const shares = statements.filter((s) => s.size === "big").map((s) => [s]);
  for (let i = 0; i < small.length; i += size) shares.push(small.slice(i, i + size));
  return shares;
};

/** So many are asked one by one; of more, halves. */
const ONE_BY_ONE = 8;

/**
 * What only Galley wrote cannot raise on any value, so it is asked together again; what authors wrote is asked one by
 * one, or halved where there is much of it.
 */
export const partedStatement = (statement: TestStatement): readonly TestStatement[] => {
  const authored = statement.checks.filter(isAuthored);
  const ours = statement.checks.filter((check) => !isAuthored(check));
  const suspects = authored.length === 0 ? ours : authored;
  const parts = suspects.length <= ONE_BY_ONE ? suspects.map((check) => [check]) : halves(suspects);
  return [...(authored.length === 0 || ours.length === 0 ? [] : [ours]), ...parts].map((checks, i) => ({
    ...statement,
    name: `${statement.name}, part ${i + 1}`,
    checks,
  }));
};

const isAuthored = ({ tests }: TestCheck): boolean => tests.some((test) => authoredPieces(test).length > 0);

const halves = (checks: readonly TestCheck[]): readonly (readonly TestCheck[])[] => {
  const middle = Math.ceil(checks.length / 2);
  return [checks.slice(0, middle), checks.slice(middle)];
};
