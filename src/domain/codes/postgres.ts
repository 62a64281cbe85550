/** What can be wrong between Galley and a server: each code once, with the exit code it asks for and what to do. */
import type { CodeEntry } from "./entry.ts";

export const postgresCodes = {
  "postgres/cannot-connect": {
    exit: 4,
    title: "no connection to the target",
    explanation:
      "The server did not answer, or refused the user, the password or the database. `galley debug` goes through the connection step by step. Passwords and URLs are never printed.",
  },
  "postgres/server-too-old": {
    exit: 4,
    title: "the server is older than PostgreSQL 14",
    explanation:
      "Galley uses what PostgreSQL 14 brought (among others, queries that end with their client). Upgrade the server.",
  },
  "postgres/pooled": {
    exit: 2,
    title: "a pooler lends the server's sessions for a transaction at a time",
    explanation:
      "A run holds the locks of its schemas by a session, sets its search_path and ends what it began: behind pgbouncer's `pool_mode = transaction` these would land on sessions of others. It is found out before anything is set on a session.",
  },
  "postgres/connection-lost": {
    exit: 4,
    title: "the connection was lost during the run",
    explanation:
      "The server was shut down or crashed, or the network failed. Live is as it was before the run, unless the result says that publish was reached. Run the command again.",
  },
  "postgres/bookkeeping-newer": {
    exit: 2,
    title: "the galley schema was written by a newer Galley",
    explanation:
      "The bookkeeping schema of this database has a version that this program does not know. Upgrade Galley.",
  },
  "postgres/no-permission": {
    exit: 2,
    title: "a right is missing that the run needs",
    explanation:
      "Found before anything was built. Galley needs CREATE on the database (or workspace schemas made beforehand), CREATE on the schemas it writes, and membership in the owners of what it replaces.",
  },
} as const satisfies Record<string, CodeEntry>;
