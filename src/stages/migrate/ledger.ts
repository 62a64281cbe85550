/** The ledger in the database and the migrations on disk in; which are applied and which pending, out. */
import { createHash } from "node:crypto";
import type { Session } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { LEDGER_SCHEMA } from "../../domain/names.ts";
import { wholeFile } from "../../domain/source.ts";
import { ident, literal, sql } from "../../domain/sql.ts";
import type { Migration } from "./migration-files.ts";

export type MigrationStates = { readonly applied: readonly Migration[]; readonly pending: readonly Migration[] };

export const migrationStates = async (
  session: Session,
  migrations: readonly Migration[],
): Promise<Outcome<MigrationStates>> => {
  const entries = await readLedger(session);
  const found: Diagnostic[] = [];
  for (const migration of migrations) {
    const entry = entries.get(migration.number);
    if (entry !== undefined && !isSame(entry.hash, migration)) found.push(edited(migration, entry));
  }
  const numbers = new Set(migrations.map((m) => m.number));
  for (const [number, entry] of entries) if (!numbers.has(number)) found.push(fileGone(number, entry.name));
  if (found.length > 0) return failed(...found);
  return ok({
    applied: migrations.filter((m) => entries.has(m.number)),
    pending: migrations.filter((m) => !entries.has(m.number)),
  });
};

type Entry = { readonly name: string; readonly hash: string };

/** Without the ledger's own entry; empty where there is no ledger yet. */
const readLedger = async (session: Session): Promise<ReadonlyMap<number, Entry>> => {
  const table = `${LEDGER_SCHEMA}.migrations`;
  const there = await session.rows(sql`select to_regclass(${literal(table)}) is not null as is_there`);
  if (there[0]?.["is_there"] !== "t") return new Map();
  const rows = await session.rows(
    sql`select id, name, hash from ${ident(LEDGER_SCHEMA)}.migrations where id > 0 order by id`,
  );
  return new Map(rows.map((row) => [Number(row["id"]), { name: row["name"] ?? "", hash: row["hash"] ?? "" }]));
};

/** As postgres-migrations computes it. A byte order mark was in its text and is not in ours. */
const isSame = (hash: string, { fileName, file }: Migration): boolean =>
  hash === sha1(fileName + file.text) || hash === sha1(`${fileName}\uFEFF${file.text}`);

const sha1 = (text: string): string => createHash("sha1").update(text, "utf8").digest("hex");

const edited = (migration: Migration, entry: Entry): Diagnostic => {
  const { fileName, file } = migration;
  const at = wholeFile(file);
  if (entry.name !== migration.name) {
    const message = `migration ${migration.number} was applied as "${entry.name}", and is now ${fileName}`;
    return errorOf("migrate/edited", message, {
      at,
      help: "give the file its old name back; add what is new at the end",
    });
  }
  const otherEnds = [file.text.replaceAll("\r\n", "\n"), file.text.replace(/\r?\n/g, "\r\n")];
  const onlyEnds = otherEnds.some((text) => isSame(entry.hash, { ...migration, file: { ...file, text } }));
  return errorOf("migrate/edited", `${fileName} is applied, and was edited since`, {
    at,
    help: onlyEnds
      ? "only its line ends differ: pin them in .gitattributes (`migrations/*.sql text eol=lf`) and check the file out again"
      : "restore the file as it was applied, and write the change as a new migration",
  });
};

const fileGone = (number: number, name: string): Diagnostic =>
  errorOf("migrate/file-gone", `migration ${number} "${name}" is applied, and has no file`, {
    help: "is this the right database, and the newest version of the project? Otherwise restore the file",
  });
