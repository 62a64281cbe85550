/** An author's SQL of any kind in, its statements one by one out: none of them may begin or end a transaction. */
import { type Diagnostic, failed, type Outcome, outcomeOf } from "../domain/diagnostic.ts";
import { type Sql, textOf } from "../domain/sql.ts";
import { isTree, loadParser, type Parse } from "./parser.ts";
import { afterBlanks, placedError, refusal } from "./read-query.ts";
import { sliceSql } from "./slice.ts";

export type ReadStatements = (written: Sql) => Outcome<readonly Sql[]>;

export const loadStatementReader = async (): Promise<ReadStatements> => {
  const parse = await loadParser();
  return (written) => readStatements(parse, written);
};

const readStatements = (parse: Parse, written: Sql): Outcome<readonly Sql[]> => {
  const text = textOf(written);
  const parsed = parse(text);
  if (parsed.kind === "error") return failed(refusal(written, parsed));
  const found: Diagnostic[] = [];
  const statements = parsed.statements.map(({ tree, start, end }) => {
    const from = afterBlanks(text, start, end);
    if (isTree(tree["TransactionStmt"]) && !WITHIN.includes(String(tree["TransactionStmt"]["kind"]))) {
      const word = /^[A-Za-z]+/.exec(text.slice(from))?.[0].toUpperCase() ?? "this";
      const help =
        "take it out: `transaction: false` runs a hook outside the node's transaction, each statement by itself";
      found.push(
        placedError(written, from, "sql-syntax/ends-transaction", `${word} begins or ends a transaction`, help),
      );
    }
    return sliceSql(written, from, end);
  });
  return outcomeOf(() => statements, found);
};

/** They stay inside the transaction that is open. */
const WITHIN = ["TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO"];
