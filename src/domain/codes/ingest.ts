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
} as const satisfies Record<string, CodeEntry>;
