import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../../src/domain/event.ts";
import { literal, sql } from "../../../src/domain/sql.ts";
import { MIGRATION_LOCK, runMigrations } from "../../../src/postgres/migrations.ts";
import { applyMigrations } from "../../../src/stages/migrate/apply-migrations.ts";
import { migrationStates } from "../../../src/stages/migrate/ledger.ts";
import { checkMigrations } from "../../../src/stages/migrate/migration-files.ts";
import { placeOf, type RawDatabase, type TestFolder, withFolder, withRawDatabase } from "../../support/raw.ts";

const FILES = {
  "0001_schema.sql": "create schema r;\ncreate table r.a (n int);\n",
  "0002_more.sql": "create table r.b (n int);\n",
};

/** What a test of its own file wrote; `order` is not asked of the disk. */
const checked = async (folder: TestFolder, texts: Readonly<Record<string, string>>) => {
  const names = (await readdir(folder.path)).sort();
  const files = names.map((name) => ({ path: `migrations/${name}`, text: texts[name] ?? "" }));
  const migrations = checkMigrations(names, files);
  if (!migrations.ok) throw new Error(migrations.diagnostics.map((d) => d.message).join("; "));
  return migrations.value;
};

/** Writes the files and applies them; what was told. */
const migrate = async (
  raw: RawDatabase,
  folder: TestFolder,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  const told: string[] = [];
  const emit = (event: RunEvent): void => {
    if (event.kind === "migration_applied") told.push(`applied ${event.name}`);
    else if (event.kind === "note") told.push(event.message.replace(/\(pid \d+\)/, "(pid)"));
    else throw new Error(`unexpected ${event.kind}`);
  };
  const outcome = await applyMigrations(raw.database, {
    migrations: await checked(folder, files),
    folder: folder.path,
    run: runMigrations,
    lock: MIGRATION_LOCK,
    emit,
    now: () => new Date(0),
  });
  if (outcome.ok) return told;
  return [...told, ...outcome.diagnostics.map((d) => [d.code, d.message, placeOf(d), d.help].join(" | "))];
};

describe("migrations", () => {
  test("are applied once, in order, and remembered in the galley schema", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder();
    const [first] = Object.keys(FILES);
    expect(await migrate(raw, folder, { "0001_schema.sql": FILES["0001_schema.sql"] })).toEqual([`applied ${first}`]);
    expect(await migrate(raw, folder, FILES)).toEqual(["applied 0002_more.sql"]);
    expect(await migrate(raw, folder, FILES)).toEqual([]);
    expect(await raw.query("select id, name from galley.migrations order by 1")).toEqual([
      { id: 0, name: "create-migrations-table" },
      { id: 1, name: "schema" },
      { id: 2, name: "more" },
    ]);
    const states = await raw.database.withSession("read", async (session) =>
      migrationStates(session, await checked(folder, FILES)),
    );
    expect(states).toMatchObject({ ok: true, value: { applied: [{ number: 1 }, { number: 2 }], pending: [] } });
  });

  test("are all pending where there is no ledger, and looking makes none", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder(FILES);
    const states = await raw.database.withSession("read", async (session) =>
      migrationStates(session, await checked(folder, FILES)),
    );
    expect(states).toMatchObject({ ok: true, value: { applied: [], pending: [{ number: 1 }, { number: 2 }] } });
    expect(await raw.query("select to_regclass('galley.migrations') as ledger")).toEqual([{ ledger: null }]);
  });

  test("work beside another tool's table of that name", async () => {
    await using raw = await withRawDatabase(
      "create schema other; create table other.migrations (version text); create table public.migrations (v int)",
    );
    await using folder = await withFolder();
    expect(await migrate(raw, folder, FILES)).toEqual(["applied 0001_schema.sql", "applied 0002_more.sql"]);
    expect(await migrate(raw, folder, FILES)).toEqual([]);
    expect(await raw.query("select from other.migrations")).toEqual([]);
  });

  test("that fail are told with file, line, column and SQLSTATE, and rolled back alone", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder();
    const files = {
      ...FILES,
      "0003_bad.sql": "-- größer 😀\ncreate table r.c (n int);\nalter table r.c\n  add column m intt;\n",
    };
    expect(await migrate(raw, folder, files)).toEqual([
      "applied 0001_schema.sql",
      "applied 0002_more.sql",
      'migrate/failed | migration 0003_bad.sql failed and was rolled back: type "intt" does not exist (SQLSTATE 42704) | migrations/0003_bad.sql:4: intt | ',
    ]);
    expect(await raw.query("select to_regclass('r.b')::text as b, to_regclass('r.c') as c")).toEqual([
      { b: "r.b", c: null },
    ]);
    const mended = { ...files, "0003_bad.sql": "create table r.c (n int);\n" };
    expect(await migrate(raw, folder, mended)).toEqual(["applied 0003_bad.sql"]);
  });

  test("that are edited after they were applied are refused, and line ends are told from edits", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder();
    await migrate(raw, folder, FILES);
    expect(await migrate(raw, folder, { ...FILES, "0001_schema.sql": "create schema r;\n" })).toEqual([
      "migrate/edited | 0001_schema.sql is applied, and was edited since | migrations/0001_schema.sql:1:  | restore the file as it was applied, and write the change as a new migration",
    ]);
    const crlf = { ...FILES, "0002_more.sql": FILES["0002_more.sql"].replace("\n", "\r\n") };
    expect(await migrate(raw, folder, crlf)).toEqual([
      "migrate/edited | 0002_more.sql is applied, and was edited since | migrations/0002_more.sql:1:  | only its line ends differ: pin them in .gitattributes (`migrations/*.sql text eol=lf`) and check the file out again",
    ]);
  });

  test("that were renamed, or whose file is gone, are refused", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder();
    await migrate(raw, folder, FILES);
    await using renamed = await withFolder();
    const { "0002_more.sql": more, ...rest } = FILES;
    expect(await migrate(raw, renamed, { ...rest, "0002_other.sql": more })).toEqual([
      'migrate/edited | migration 2 was applied as "more", and is now 0002_other.sql | migrations/0002_other.sql:1:  | give the file its old name back; add what is new at the end',
    ]);
    await using fewer = await withFolder();
    expect(await migrate(raw, fewer, rest)).toEqual([
      'migrate/file-gone | migration 2 "more" is applied, and has no file |  | is this the right database, and the newest version of the project? Otherwise restore the file',
    ]);
  });

  test("leave the session as they found it, whatever they set", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder();
    const settings = () =>
      raw.database.withSession("durable", (session) =>
        session.rows(
          sql`select current_setting('search_path') as path, current_setting('statement_timeout') as timeout, current_setting('application_name') as name, current_setting('synchronous_commit') as commit`,
        ),
      );
    const before = await settings();
    const files = {
      "0001_dump.sql":
        "select pg_catalog.set_config('search_path', '', false);\nset statement_timeout = '1h';\nset synchronous_commit = off;\nset application_name = 'x';\ncreate schema r;\n",
      "0002_more.sql": "create table r.t (n int);\n",
    };
    expect(await migrate(raw, folder, files)).toEqual(["applied 0001_dump.sql", "applied 0002_more.sql"]);
    expect(await settings()).toEqual(before);
  });

  test("may run outside a transaction", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder();
    const files = {
      ...FILES,
      "0003_index.sql": "-- postgres-migrations disable-transaction\ncreate index concurrently a_n_idx on r.a (n);\n",
    };
    expect(await migrate(raw, folder, files)).toEqual([
      "applied 0001_schema.sql",
      "applied 0002_more.sql",
      "applied 0003_index.sql",
    ]);
  });

  test("of two at once are applied by one; the other waits and says so", async () => {
    await using raw = await withRawDatabase("");
    await using folder = await withFolder(FILES);
    const waiting = await raw.database.withSession("durable", async (session) => {
      await session.run(sql`select pg_advisory_lock(${literal(MIGRATION_LOCK)})`);
      let heard: (message: string) => void = () => undefined;
      const note = new Promise<string>((resolve) => {
        heard = resolve;
      });
      const events: string[] = [];
      const second = applyMigrations(raw.database, {
        migrations: await checked(folder, FILES),
        folder: folder.path,
        run: runMigrations,
        lock: MIGRATION_LOCK,
        emit: (event) => {
          if (event.kind === "note") heard(event.message);
          else events.push(event.kind);
        },
        now: () => new Date(0),
      });
      expect((await note).replace(/pid \d+/, "pid")).toBe(
        "galley/test (pid) applies migrations; waiting for it to end",
      );
      expect(events).toEqual([]);
      await session.run(sql`select pg_advisory_unlock(${literal(MIGRATION_LOCK)})`);
      return { second, events };
    });
    expect(await waiting.second).toMatchObject({ ok: true, value: [{ number: 1 }, { number: 2 }] });
    expect(waiting.events).toEqual(["migration_applied", "migration_applied"]);
  });

  test("in a folder that is not there are none", async () => {
    await using raw = await withRawDatabase("");
    const outcome = await applyMigrations(raw.database, {
      migrations: [],
      folder: join("/nowhere", "migrations"),
      run: runMigrations,
      lock: MIGRATION_LOCK,
      emit: () => undefined,
      now: () => new Date(0),
    });
    expect(outcome).toEqual({ ok: true, value: [], warnings: [] });
  });
});
