/** What can go wrong while a run builds, tests and publishes: each code once, with its exit code and what to do. */
import type { CodeEntry } from "./entry.ts";

export const executeCodes = {
  "execute/sql-error": {
    exit: 3,
    title: "the database refused a statement",
    explanation:
      "The place is the author's own line and column, inside macros too. The SQLSTATE, detail and hint are the server's. Live is unchanged; the workspace is kept, and the compiled SQL stands in target/compiled/.",
  },
  "execute/contract-broken": {
    exit: 2,
    title: "a query gives other columns than its contract",
    explanation:
      "Names and types are compared as PostgreSQL describes the query, before a row of it is read; the table shows what differs. A type that is declared without a length or precision holds for every one. Cast in the query, or change the contract.",
  },
  "execute/snapshot-misfit": {
    exit: 3,
    title: "a snapshot does not go with what it watches, or with its own history",
    explanation:
      "A history is only added to, and never made anew. So its key, the types of its columns and the columns of its own stay as they began: columns that come are added to it, columns that go stay with NULL. What differs otherwise is told, with a way to go on.",
  },
  "execute/bad-partition": {
    exit: 3,
    title: "the rows of a model do not fit the way in which its table is cut",
    explanation:
      "`granularity` goes by a date or a timestamp, `interval` by a number, and a table has at most 1,000 partitions, because each is a relation of its own that publish locks and moves. Cut by something else, or coarser.",
  },
  "execute/no-such-column": {
    exit: 2,
    title: "a column is described and is not there",
    explanation:
      "Descriptions become comments. The query gives no column of that name, so this one is left out, with a warning. Names are taken as they are written: `ID` is not `id`.",
  },
  "execute/hook-failed": {
    exit: 3,
    title: "the database refused a hook",
    explanation:
      "The place is the hook's own, in YAML or in a header. A node whose hook fails has failed, and nothing is published; so it is with `on-run-start`. `on-run-end` runs when all is over: what was published stays.",
  },
  "execute/freshness-error": {
    exit: 3,
    title: "a source could not be asked how old it is",
    explanation:
      "The query that `loaded_at_field`, `loaded_at_query` and `filter` make failed: an unknown column, a value that is no time. A number is made one by `to_timestamp(column)`, a text by a cast.",
  },
  "execute/test-error": {
    exit: 3,
    title: "a data test could not be evaluated",
    explanation:
      "The query of the test itself failed (a cast, a division, an unknown column). Whatever its severity, nothing is published.",
  },
  "execute/unit-test-column": {
    exit: 2,
    title: "a unit test names a column that is not there",
    explanation:
      "Columns of models are those of their query or contract, whether or not the model was ever built; columns of a source are those of the database, or else those that are declared with a `data_type`. Columns that a test does not name are NULL in what is given, and not compared in what is expected.",
  },
  "execute/unit-test-value": {
    exit: 2,
    title: "a value of a unit test does not fit its column",
    explanation:
      "Values are read by the type of their column, as PostgreSQL reads text: `2026-01-31` for a date, `{1,2}` or a YAML list for an array. The place is that of the value, in a fixture file too.",
  },
  "execute/unit-test-error": {
    exit: 3,
    title: "a unit test could not be evaluated",
    explanation:
      "The query raised an error over the rows that were given (a division by zero, a cast). The place is the model's own line and column.",
  },
  "execute/locked": {
    exit: 6,
    title: "another run writes to the same schema",
    explanation:
      "Each schema is written by one run at a time. The message names who holds it and since when. Nothing was changed.",
  },
  "execute/workspace-in-use": {
    exit: 6,
    title: "the workspace of an earlier run cannot be cleared",
    explanation:
      "A session reads a relation in a workspace schema, or something was made that depends on one. Galley never drops with CASCADE.",
  },
  "execute/not-carried": {
    exit: 6,
    title: "something that stands on a relation does not fit the new one",
    explanation:
      "What others put on a relation is made again on the new one, and the server refused it there: most often it speaks of a column that is gone. It was tried before anything live was locked, and nothing was published. Drop the thing on live, or keep what it needs in the model.",
  },
  "execute/name-taken": {
    exit: 6,
    title: "a name that would be published is taken on live",
    explanation:
      "An index, constraint, type or relation of that name already stands in the schema and does not belong to what is replaced.",
  },
  "execute/does-not-fit": {
    exit: 6,
    title: "something outside the run does not fit the new relation",
    explanation:
      "A view, materialized view, function, policy, rule or foreign key hangs on a replaced relation and would be pointed at the new one, but it needs something that is not there any more: a column, a type, a primary key that it groups by. It was tried against the workspace before live was locked, and nothing was published. Keep what it needs in the model, or change or drop it first.",
  },
  "execute/partly-published": {
    exit: 3,
    title: "a publish in batches stopped between two of them",
    explanation:
      "With `publish: batches` a publish that the server's lock table cannot take goes in several transactions. One of them could not follow, for the reason that is told besides, so that live is of two days: the message says which relations are still as before. Parents go before children, so nothing refers to what is not there. Mend the reason and run again: the next publish begins with what stands.",
  },
  "execute/lock-table-full": {
    exit: 6,
    title: "other sessions have taken the locks that publish needs",
    explanation:
      "When the run was planned, the server's table of locks had room for its publish, and now it has not. A full table fails every session, so publish keeps away from it: nothing was published. Run `galley retry` when the others have let go, or raise `max_locks_per_transaction`.",
  },
  "execute/publish-timeout": {
    exit: 6,
    title: "publish did not get its locks in time",
    explanation:
      "Readers held the relations, or writers the tables that a foreign key needs, for the whole `publish_timeout`. Live is unchanged. Who is in the way is named while publish waits; end those sessions or run again at a quieter time.",
  },
  "execute/old-snapshot": {
    exit: 6,
    title: "a transaction is older than this run's tables",
    explanation:
      "A session with a snapshot from before the build would read a replaced table as empty, without an error. Galley waits `old_snapshot_wait`, then goes on with a warning that names the session.",
  },
  "execute/publish-failed": {
    exit: 3,
    title: "the publish transaction failed",
    explanation: "The database refused a step of the publish transaction, which was rolled back: live is unchanged.",
  },
  "execute/outcome-unknown": {
    exit: 4,
    title: "whether the run was published is not known yet",
    explanation:
      "The connection was lost while COMMIT was under way, and the server was silent for ten seconds after, or did not recover within `publish_timeout`. Live is all new or all as before, and the run's row in `galley.runs` says which once the server is back: `published_at` is set or it is not. `galley retry` reads it: it has nothing to do, or goes on.",
  },
  "execute/drop-left": {
    exit: 6,
    title: "an old relation could not be dropped after publish",
    explanation:
      "The new relations are live; an old one is still in use or depended upon, in the schema `…__old`. The next run drops it before it builds, or sets it aside (`…__old2`) if it is read even then; `galley clean` drops it too.",
  },
  "execute/not-refreshable": {
    exit: 6,
    title: "there is no such materialized view to refresh",
    explanation:
      "`galley refresh` renews the rows of materialized views that a build has published. This one is not live, is another kind of relation there, or belongs to something else.",
  },
  "execute/changed-since-build": {
    exit: 6,
    title: "a materialized view is not what the project says any more",
    explanation:
      "Its query or its indexes changed since it was published. A refresh runs the published query; `galley build` publishes the change.",
  },
  "execute/outside-batch": {
    exit: 1,
    title: "a batch of a microbatch model has rows of another time",
    explanation:
      "Each batch makes the rows of its own window of time, and a later run replaces exactly those. A row whose `event_time` lies outside, or is NULL, would come again with another batch and never go. Nothing of that batch was kept.",
  },
  "execute/batches-failed": {
    exit: 1,
    title: "more batches of a microbatch model failed",
    explanation:
      "The first few are told one by one, the others together. The batches that did not fail were built; nothing is published until all are.",
  },
  "execute/schema-changed": {
    exit: 2,
    title: "the query of an incremental model has other columns than live",
    explanation:
      "Compared before the rows are built. `on_schema_change` decides: `ignore` (the default) leaves new columns out, `append_new_columns` adds them, `sync_all_columns` adds, drops and retypes, `fail` takes none. A changed type, or a column that is gone, needs more than `ignore`. `--full-refresh` builds the model whole.",
  },
  "execute/structure-changed": {
    exit: 2,
    title: "an incremental model's table has not the constraints and indexes that are declared",
    explanation:
      "An incremental table stays where it stands, so what was declared since its last whole build is not on it. Build it whole once with `--full-refresh`, or make the index or constraint on live yourself, under its declared name.",
  },
  "execute/delta-moved": {
    exit: 6,
    title: "live rows changed between build and publish",
    explanation:
      "When the new rows of an incremental model are built, Galley counts them and the live rows that they replace, and counts again when they are applied. Other numbers mean that somebody deleted or wrote rows of live meanwhile, which the tests have not seen. Nothing was published: run again.",
  },
  "execute/cancelled": {
    exit: 3,
    title: "the run was cancelled",
    explanation: "Running queries were cancelled, nothing was published, and the workspace was kept.",
  },
} as const satisfies Record<string, CodeEntry>;
