/** What `plan` refuses before anything is built: each code once, with the exit code it asks for and what to do. */
import type { CodeEntry } from "./entry.ts";

export const planCodes = {
  "plan/foreign-relation": {
    exit: 6,
    title: "a relation stands under a model's name that Galley did not make",
    explanation:
      "Galley never replaces what it has not recorded in `galley.relations`. Rename or drop that relation yourself, give the model another `schema` or `alias`, or say `--adopt`: then it is replaced like one of ours, with all that hangs on it carried over.",
  },
  "plan/history-in-the-way": {
    exit: 6,
    title: "a snapshot's history and something else have one name",
    explanation:
      "A history cannot be made again, so nothing ever replaces one, and a snapshot never takes over what is no history. Rename or drop what stands there yourself, or give the node another `schema` or `alias`.",
  },
  "plan/not-carried": {
    exit: 6,
    title: "something that stands on a relation cannot be carried over",
    explanation:
      "A relation that is replaced keeps what others put on it: policies, triggers, indexes, defaults and so on are made again on the new one. The thing that the message names cannot be, and would be lost. Nothing was built.",
  },
  "plan/dependent-in-the-way": {
    exit: 6,
    title: "something outside the run hangs on a relation that would be replaced",
    explanation:
      "A view, foreign key, trigger, policy, rule, publication or statistics object depends on a relation of the run and would be lost or left on the old rows. Nothing was built. Select the dependents too where they are models, leave the relation out of the run, or drop the dependent before and make it again after.",
  },
  "plan/lock-budget": {
    exit: 6,
    title: "publishing would take more locks than the server has to give",
    explanation:
      "The server keeps the locks of all sessions in one table, and when that is full every session fails, readers too. So one publish takes at most half of what `max_locks_per_transaction × (max_connections + max_prepared_transactions)` promises, less what is in use: about 1,600 tables on default settings. Nothing was built. Raise `max_locks_per_transaction` (it takes a restart), or select less; or set `publish: batches`, and it goes in several transactions, with a time from when to when live is of two days.",
  },
  "plan/absent-relation": {
    exit: 2,
    title: "a relation that the run reads is not there",
    explanation:
      "A ref to a model outside the run means its live relation, and there is none yet: select its parents too (`+name`). For a source: load it, or run the migration that makes it.",
  },
  "plan/source-column-missing": {
    exit: 2,
    title: "a source declares a column that the database does not have",
    explanation:
      "Usually somebody renamed or dropped a column of a raw table. Said before anything is built, with every place of the run's SQL that names the column; where nothing does, it is a warning. Correct the property file and those places, or bring the column back. Names are taken as they are written: `ID` is not `id`. `contract: { enforced: false }` on the source makes it a warning.",
  },
  "plan/source-type-differs": {
    exit: 2,
    title: "a column of a source has another type than declared",
    explanation:
      "`data_type` of a source's columns is held against the database before anything is built; the table shows what differs. A type that is declared without a length or precision holds for every one. A type that the server does not know, such as another database's, is a warning. `contract: { enforced: false }` on the source makes all of it warnings.",
  },
  "plan/missing-right": {
    exit: 2,
    title: "the role lacks a right that the run needs",
    explanation:
      "Checked before anything is built: CREATE on the database or ready-made workspace schemas, CREATE on each schema that is written, and membership in the owner of each relation that is replaced (it keeps its owner).",
  },
  "plan/unknown-role": {
    exit: 2,
    title: "a grant to a role that does not exist",
    explanation:
      "`grants` names roles of the server as they are, letter case included; `public` means everybody. Create the role once by hand (`create role reader`), or correct the name. Nothing was built.",
  },
  "plan/strategy-refused": {
    exit: 2,
    title: "an incremental model cannot take its new rows in the way it says",
    explanation:
      "`merge` needs PostgreSQL 15. `delete_insert` and `microbatch` delete rows of live: where a foreign key refers to them, the delete would fail or take the referring rows with it. `upsert` updates rows in place and does neither.",
  },
  "plan/test-left-out": {
    exit: 2,
    title: "a data test is not run, because what it judges was never built",
    explanation:
      "Tests come along with every node that they touch. One that judges a node outside the run, or several, and reads one that was never built, cannot be answered yet: it is left out with a warning. A test that judges a node of the run and reads something absent refuses the run instead.",
  },
  "plan/foreign-key-to-view": {
    exit: 2,
    title: "a foreign key points at something that is no table",
    explanation:
      "PostgreSQL's foreign keys refer to tables. Make the referenced model a table, or use the data test `relationships`.",
  },
  "plan/server-too-old": {
    exit: 2,
    title: "the server is too old for something that is declared",
    explanation:
      "Galley works from PostgreSQL 14 on, and some options need a later version: the message says which. Nothing was built.",
  },
  "plan/foreign-key-not-made": {
    exit: 2,
    title: "a foreign key is not made under a schema prefix",
    explanation:
      "In a prefixed copy, foreign keys to relations outside the project would guard and lock shared tables, so they are left out; data tests still check the rows.",
  },
} as const satisfies Record<string, CodeEntry>;
