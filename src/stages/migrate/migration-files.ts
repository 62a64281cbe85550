/** The names in migrations/ and the texts of its files in; numbered migrations without gap or double, out. */
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { type SourceFile, wholeFile } from "../../domain/source.ts";

export type Migration = {
  readonly number: number;
  /** What the ledger calls it: the file's name without number and ending. */
  readonly name: string;
  readonly fileName: string;
  readonly file: SourceFile;
};

/** The number, then a name, then .sql: `0001_create_raw_teams.sql`. */
const FORM = /^(\d+)[-_](.+)\.sql$/;

/** The ledger's column for it is that wide. */
const LONGEST_NAME = 100;

/** The first entry of every ledger is the ledger's own. */
const OWN_NAME = "create-migrations-table";

/** `listing`: all names in the folder, because a script there would be run. Other files, a README say, are left alone. */
export const checkMigrations = (
  listing: readonly string[],
  files: readonly SourceFile[],
): Outcome<readonly Migration[]> => {
  const found: Diagnostic[] = [];
  const byName = new Map(files.map((file) => [baseName(file.path), file]));
  const migrations: Migration[] = [];
  for (const fileName of listing.filter((name) => /\.(sql|js)$/i.test(name))) {
    const file = byName.get(fileName) ?? { path: `migrations/${fileName}`, text: "" };
    const parts = FORM.exec(fileName);
    const [, digits, name] = parts ?? [];
    if (digits === undefined || name === undefined || !byName.has(fileName)) found.push(badName(file, fileName));
    else if (name.length > LONGEST_NAME || name === OWN_NAME) found.push(unusableName(file, name));
    else migrations.push({ number: Number(digits), name, fileName, file });
  }
  migrations.sort((a, b) => a.number - b.number || (a.fileName < b.fileName ? -1 : 1));
  found.push(...doubles(migrations));
  if (found.length === 0) found.push(...gaps(migrations));
  return found.length > 0 ? failed(...found) : ok(migrations);
};

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const badName = (file: SourceFile, fileName: string): Diagnostic =>
  errorOf("migrate/bad-file-name", `${fileName} is no name of a migration`, {
    at: wholeFile(file),
    help: fileName.endsWith(".js")
      ? "a migration is SQL; scripts do not belong into migrations/"
      : "a number, a name and .sql: 0001_create_raw_teams.sql",
  });

const unusableName = (file: SourceFile, name: string): Diagnostic =>
  errorOf(
    "migrate/bad-file-name",
    name === OWN_NAME
      ? `the name ${OWN_NAME} is the ledger's own`
      : `the name ${name} is longer than ${LONGEST_NAME} characters, the width of the ledger`,
    { at: wholeFile(file), help: "choose another name" },
  );

const doubles = (migrations: readonly Migration[]): readonly Diagnostic[] =>
  migrations.flatMap((migration, i) => {
    const before = migrations.slice(0, i);
    const sameNumber = before.find((m) => m.number === migration.number);
    const sameName = before.find((m) => m.name === migration.name);
    const first = sameNumber ?? sameName;
    if (first === undefined) return [];
    const what = sameNumber === undefined ? `name ${migration.name}` : `number ${migration.number}`;
    return [
      errorOf("migrate/duplicate", `${first.fileName} and ${migration.fileName} have the same ${what}`, {
        at: wholeFile(migration.file),
        notes: [{ message: "first here", at: wholeFile(first.file) }],
        help: "give the one that is not applied yet the next free number, and a name of its own",
      }),
    ];
  });

/** One gap is told: it explains all numbers after it. */
const gaps = (migrations: readonly Migration[]): readonly Diagnostic[] => {
  const at = migrations.findIndex((m, i) => m.number !== i + 1);
  const migration = migrations[at];
  if (migration === undefined) return [];
  return [
    errorOf("migrate/gap", `number ${at + 1} is missing: ${migration.fileName} comes next`, {
      at: wholeFile(migration.file),
      help: at === 0 ? "numbers begin with 1" : "was a file lost, or not committed? Numbers follow one another",
    }),
  ];
};
