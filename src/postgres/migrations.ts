/**
 * A folder of migrations and a session in; the pending ones applied by postgres-migrations, out. The package wants a pg
 * client and keeps neither SQLSTATE nor position, so it gets a client that speaks through our session, which keeps both.
 */
import type pg from "pg";
import { migrate } from "postgres-migrations";
import { DatabaseError, type Row, type Session } from "../domain/contracts/database.ts";
import type { SourceFile } from "../domain/source.ts";
import { authored, ident, joinSql, literal, quoteLiteral, type Sql, sql } from "../domain/sql.ts";

export type MigrationRun = {
  readonly session: Session;
  /** The schema of the ledger. It and its table `migrations` are there. */
  readonly ledger: string;
  /** Absolute. */
  readonly folder: string;
  readonly files: ReadonlyMap<number, SourceFile>;
  readonly started: (number: number) => void;
  readonly finished: (number: number) => void;
};

/** The lock that the package takes; whoever holds it already may take it again. */
export const MIGRATION_LOCK = -8525285245963000605n;

/** Throws the DatabaseError of the statement that failed; what was applied before it stays. */
export const runMigrations = async (run: MigrationRun): Promise<void> => {
  const { session, ledger, folder } = run;
  const settings = await settingsOf(session);
  let failure: DatabaseError | undefined;
  let current: SourceFile | undefined;
  const send = async (statement: Sql): Promise<{ rows: readonly object[]; rowCount: number }> => {
    try {
      const results = await session.run(statement);
      const rows = (results.at(-1)?.rows ?? []).map(booleansOf);
      return { rows, rowCount: results.at(-1)?.rowCount ?? rows.length };
    } catch (error) {
      if (error instanceof DatabaseError) failure ??= error;
      throw error;
    }
  };
  // The package finds its table only by an unqualified name, so this holds for every statement that it makes itself.
  const path = sql`set search_path to ${ident(ledger)}`;
  const client = {
    query: async (asked: string | { readonly text: string; readonly values: readonly unknown[] }) => {
      if (typeof asked !== "string") return send(authored(withValues(asked.text, asked.values), undefined));
      const text = asked.startsWith("\uFEFF") ? asked.slice(1) : asked;
      if (current === undefined || text !== current.text) return send(authored(text, undefined));
      const span = { file: current, start: 0, end: text.length };
      const answer = await send(authored(text, { span, calledFrom: [] }));
      // A migration may have set another one, and its entry into the ledger comes next.
      await send(path);
      return answer;
    },
  };
  const logger = (message: string): void => {
    const [, word, number] = /^(Starting|Finished) migration: (\d+) /.exec(message) ?? [];
    const file = run.files.get(Number(number));
    if (word === undefined || file === undefined) return;
    current = word === "Starting" ? file : undefined;
    if (word === "Starting") run.started(Number(number));
    else run.finished(Number(number));
  };
  try {
    await session.run(path);
    await migrate({ client: client as unknown as pg.Client }, folder, { logger });
  } catch (error) {
    throw failure ?? error;
  } finally {
    // The session is used again by others, and a migration may have set anything.
    await session.run(restored(settings)).catch(() => undefined);
  }
};

/** The session answers in text; the package asks whether it got its lock. */
const booleansOf = (row: Row): object =>
  "pg_try_advisory_lock" in row ? { pg_try_advisory_lock: row["pg_try_advisory_lock"] === "t" } : row;

/** The package's own two statements with values: a table's name, and a line of the ledger. */
const withValues = (text: string, values: readonly unknown[]): string =>
  text.replace(/\$(\d+)/g, (_, n) => {
    const value = values[Number(n) - 1];
    return quoteLiteral(typeof value === "number" ? value : String(value));
  });

const settingsOf = (session: Session): Promise<readonly Row[]> =>
  session.rows(sql`select name, setting from pg_catalog.pg_settings where source = 'session'
union all select 'role', pg_catalog.current_setting('role')`);

const restored = (settings: readonly Row[]): Sql =>
  sql`reset all; select ${joinSql(
    settings.map(
      (row) => sql`pg_catalog.set_config(${literal(row["name"] ?? "")}, ${literal(row["setting"] ?? "")}, false)`,
    ),
    sql`, `,
  )}`;
