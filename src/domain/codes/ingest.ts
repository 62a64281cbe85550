/** What can be wrong in `ingest`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const ingestCodes = {
  "ingest/cannot-read": {
    exit: 2,
    title: "a data file cannot be read",
    explanation: "The file is absent, closed to this user, a folder, or its gzip data is damaged.",
  },
  "ingest/empty-file": {
    exit: 2,
    title: "a CSV file without a header",
    explanation: "The first line of a CSV file names its columns. A file without rows still has that line.",
  },
  "ingest/bad-header": {
    exit: 2,
    title: "a CSV header that cannot name columns",
    explanation: "Each column needs a name of 1 to 63 bytes in UTF-8, as PostgreSQL's column names do.",
  },
  "ingest/duplicate-header": {
    exit: 2,
    title: "two CSV headers fold to one column name",
    explanation:
      "Headers are folded to lower case, as PostgreSQL folds names that are not quoted, so `Id` and `ID` are one. Rename one in the file; a plain seed can also say `quote_columns: true`.",
  },
  "ingest/bad-row": {
    exit: 2,
    title: "a row of a seed is ragged or badly quoted",
    explanation:
      'The row has another number of fields than the header, or its quotes do not pair up. A field that holds the delimiter, a quote or a line end stands in quotes; a quote inside is doubled: `"say ""yes"""`. Files that `galley ingest` loads quarantine such a row and go on.',
  },
  "ingest/not-text": {
    exit: 2,
    title: "a row of a seed is not UTF-8",
    explanation: "Files are UTF-8. Convert others, for example: iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv",
  },
  "ingest/row-too-long": {
    exit: 2,
    title: "a row longer than 32 MiB",
    explanation: "Probably a quotation opens there and never closes, so that the rest of the file counts as one field.",
  },
  "ingest/value-refused": {
    exit: 3,
    title: "the server refused a value of a seed",
    explanation: "The value does not fit the type that `column_types` declares for its column. Correct either of them.",
  },
  "ingest/column-widened": {
    exit: 2,
    title: "a seed's column was widened",
    explanation:
      "Types are read off the first MiB of the file. A later value did not fit, so the column got the next type that all values fit, and the seed was loaded again. Declare the type in `column_types` to load once.",
  },
  "ingest/no-such-column": {
    exit: 2,
    title: "a column that is not there",
    explanation: "`column_types` or an ingest mapping names a column that the file or the table does not have.",
  },
  "ingest/no-such-mapping": {
    exit: 2,
    title: "no mapping of this name",
    explanation:
      "`galley ingest` takes the name that stands after `ingest:` in a file of ingest/, and then the data file.",
  },
  "ingest/no-such-table": {
    exit: 2,
    title: "a mapping loads a table that is not there",
    explanation: "Tables that files are loaded into are made by migrations. Is one pending, or is the name misspelt?",
  },
  "ingest/generated-column": {
    exit: 2,
    title: "a mapping sets a column that the database gives",
    explanation:
      "Identity columns and computed columns are never given in files. Find a row by its natural key instead, with a lookup: `(select t.team_id from raw.teams t where t.code = f.team)`.",
  },
  "ingest/key-updated": {
    exit: 2,
    title: "a step updates its own key",
    explanation: "The key finds the row that is already there, so a row with another key is another row.",
  },
  "ingest/not-mapped": {
    exit: 2,
    title: "`key` or `update` names a column that the step does not map",
    explanation: "Both choose among the columns that stand under `columns`.",
  },
  "ingest/key-not-unique": {
    exit: 2,
    title: "a step's key is no unique constraint",
    explanation:
      "Loading a file again finds its rows by the step's key, so the table needs a primary key or unique constraint on exactly these columns (not deferrable, not partial). Add one in a migration.",
  },
  "ingest/column-missing": {
    exit: 2,
    title: "a step leaves out a NOT NULL column",
    explanation: "The column has no default, so that no row could be inserted. Map it.",
  },
  "ingest/bad-expression": {
    exit: 2,
    title: "an expression of a mapping is wrong",
    explanation:
      "Expressions are SQL over the file's row `f`, whose columns are the headers in lower case, each of type text (`f.points::int`). They are tried before any row is read.",
  },
  "ingest/cannot-write": {
    exit: 2,
    title: "the target table cannot be written",
    explanation: "The user of the target needs INSERT, UPDATE and SELECT on the table, and TEMPORARY on the database.",
  },
  "ingest/load-failed": {
    exit: 3,
    title: "a load failed in the database",
    explanation:
      "Not a row but the load as a whole failed (a lock, a full disk, a trigger). It is one transaction: nothing of it was kept.",
  },
  "ingest/rows-rejected": {
    exit: 1,
    title: "rows of a file went to quarantine",
    explanation:
      "The good rows were loaded. Each refused row stands in `galley.quarantine` with its file, line, reason and raw text. Correct the file or the mapping and load again, which is harmless; `--allow-rejects` turns the failure into a warning.",
  },
} as const satisfies Record<string, CodeEntry>;
