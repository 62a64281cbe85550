/** What can be wrong in `migrate`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const migrateCodes = {
  "migrate/bad-file-name": {
    exit: 2,
    title: "a file in migrations/ without a number and a name",
    explanation:
      "A migration is named by its number and what it does: `0007_add_odds.sql`. Only .sql files are migrations; scripts are refused, because they would be run.",
  },
  "migrate/duplicate": {
    exit: 2,
    title: "two migrations share a number or a name",
    explanation:
      "Usually two branches added one each. The one that is not applied anywhere yet gets the next free number.",
  },
  "migrate/gap": {
    exit: 2,
    title: "a number is missing among the migrations",
    explanation:
      "Numbers begin with 1 and follow one another, so that a lost file is noticed before anything is applied.",
  },
  "migrate/edited": {
    exit: 2,
    title: "an applied migration was edited",
    explanation:
      "The ledger keeps a hash of each applied file. Databases that have it applied would never get the edit, so it is refused: restore the file, and write the change as a new migration. Line ends count: pin them with .gitattributes.",
  },
  "migrate/file-gone": {
    exit: 2,
    title: "an applied migration has no file",
    explanation:
      "The database is ahead of the project: another branch was applied to it, or the file was deleted. Check the target and the version of the project.",
  },
  "migrate/failed": {
    exit: 3,
    title: "a statement of a migration failed",
    explanation:
      "The place is the statement's own line and column; the SQLSTATE, detail and hint are the server's. The migration was rolled back as a whole, those before it stay applied, and those after it were not tried. Correct the file and migrate again.",
  },
  "migrate/pending": {
    exit: 2,
    title: "migrations are pending",
    explanation:
      "On the embedded target `galley build` applies them itself. Elsewhere somebody decides when: run `galley migrate`.",
  },
  "migrate/shared-raw": {
    exit: 2,
    title: "raw tables are shared with others",
    explanation:
      "Under a schema_prefix only Galley's own schemas are a private copy: raw tables, which migrations and data files change, are everybody's. `--shared-raw` says that this is meant.",
  },
} as const satisfies Record<string, CodeEntry>;
