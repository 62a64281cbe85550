/** What can be wrong in `sql-syntax`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const sqlSyntaxCodes = {
  "sql-syntax/refused": {
    exit: 2,
    title: "PostgreSQL's parser does not read this SQL",
    explanation:
      "The message is PostgreSQL's own; the place is the author's, inside macros too. The parser is that of PostgreSQL 18 and runs before anything is sent to a server.",
  },
  "sql-syntax/no-query": {
    exit: 2,
    title: "a model or test that is no query",
    explanation:
      "A model or test is one SELECT, WITH, VALUES or TABLE. Galley writes the CREATE TABLE or CREATE VIEW around it.",
  },
  "sql-syntax/second-statement": {
    exit: 2,
    title: "a second statement in one file",
    explanation: "A model or test is one query. A `;` at its end is cut; what follows it belongs into another file.",
  },
  "sql-syntax/writes": {
    exit: 2,
    title: "a query that writes",
    explanation:
      "INSERT, UPDATE, DELETE, MERGE and SELECT INTO have no place in a model or test, in a CTE either: a query is run as often as it is needed.",
  },
  "sql-syntax/ends-transaction": {
    exit: 2,
    title: "a hook that begins or ends a transaction",
    explanation:
      "A hook stands in the transaction of its node, which holds the node's data and its record: ending it would keep half of it. With `transaction: false` each statement of a hook is sent by itself, before or after the node's transactions, so that VACUUM and its like work, and BEGIN and COMMIT mean nothing there.",
  },
} as const satisfies Record<string, CodeEntry>;
