/** `galley debug`: project, target, connection, server and rights, one after the other; says what is wrong and what to do. */

import type { Catalog } from "../domain/catalog.ts";
import { exitOf } from "../domain/exit-code.ts";
import { type LockTable, lockBudget } from "../domain/lock-table.ts";
import type { Manifest } from "../domain/manifest.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import { NOTHING_PERSONAL } from "../domain/personal.ts";
import { literal, sql } from "../domain/sql.ts";
import type { Target } from "../domain/target.ts";
import { countOf } from "../lib/duration.ts";
import { type Connection, connect } from "../postgres/connect.ts";
import type { Check } from "./answers.ts";
import type { Command, CommandContext } from "./context.ts";
import type { ProjectInput } from "./inputs.ts";
import { openProject, tell } from "./open-project.ts";
import { photograph } from "./photograph.ts";
import { schemasOf } from "./prepare.ts";
import { pendingOn } from "./raw.ts";

export const debug: Command<ProjectInput, readonly Check[]> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) {
    const wrong: Check = { name: "project", status: "wrong", detail: "see the diagnostics" };
    return {
      exitCode: exitOf(opened.diagnostics),
      value: [wrong, { name: "connection", status: "skipped", detail: "" }],
    };
  }
  const { project, manifest } = opened.value;
  const counts = [
    countOf(count(manifest, "model"), "model"),
    countOf(count(manifest, "seed"), "seed"),
    countOf(count(manifest, "source"), "source"),
    countOf(count(manifest, "data-test"), "data test"),
    ...(count(manifest, "unit-test") === 0 ? [] : [countOf(count(manifest, "unit-test"), "unit test")]),
  ].join(", ");
  const checks: Check[] = [
    { name: "project", status: "ok", detail: `${manifest.projectName} in ${project.root}: ${counts}` },
    { name: "target", status: "ok", detail: targetText(manifest.target) },
  ];
  const connected = await connect({
    target: manifest.target,
    projectRoot: project.root,
    runId: context.runId,
    extensions: [],
    report: (message) => context.emit({ kind: "note", message }),
    trace: undefined,
    personal: NOTHING_PERSONAL,
  });
  if (!connected.ok) {
    checks.push({
      name: "connection",
      status: "wrong",
      detail: connected.diagnostics.map((d) => d.message).join("; "),
    });
    tell(context, connected);
    return { exitCode: exitOf(connected.diagnostics), value: checks };
  }
  try {
    checks.push(...(await databaseChecks(context, connected.value, manifest)));
    const pending = await pendingOn(opened.value, connected.value.database);
    checks.push(
      pending.length === 0
        ? { name: "migrations", status: "ok", detail: "none pending" }
        : { name: "migrations", status: "warning", detail: `pending: ${pending.join(", ")}; run galley migrate` },
    );
  } finally {
    await connected.value.close();
  }
  return { exitCode: checks.some((c) => c.status === "wrong") ? 2 : 0, value: checks };
};

const count = (manifest: Manifest, kind: string): number =>
  [...manifest.nodes.values()].filter((n) => n.kind === kind).length;

/** No URL, no password: host and database at most. */
const targetText = (target: Target): string => {
  const common = `${target.name} (${target.type}), ${countOf(target.threads, "thread")}${target.schemaPrefix === "" ? "" : `, schema prefix ${target.schemaPrefix}`}`;
  if (target.type === "embedded" || target.connection.kind === "url") return common;
  const { host, port, user, dbname } = target.connection;
  return `${common}: ${user ?? ""}@${host ?? ""}:${port ?? ""}/${dbname ?? ""}`;
};

const databaseChecks = async (
  _context: CommandContext,
  { database, server }: Connection,
  manifest: Manifest,
): Promise<readonly Check[]> => {
  const [facts] = await database.withSession("read", (session) =>
    session.rows(
      sql`select current_setting('server_version') as version, current_user as role, current_database() as database, pg_size_pretty(pg_database_size(current_database())) as size, to_regclass(${literal(`"${bookkeepingSchema(manifest.target.schemaPrefix)}".meta`)}) is not null as has_bookkeeping, current_setting('max_connections') as connections, ${EVERYTHING_PUBLISHED} as published, ${CATALOGS} as catalogs`,
    ),
  );
  const catalog = await database.withSession("read", (session) => photograph(database, session, manifest));
  const where = server === undefined ? "" : `, embedded, port ${server.port}`;
  return [
    {
      name: "connection",
      status: "ok",
      detail: `PostgreSQL ${facts?.["version"]}${where}, database ${facts?.["database"]} (${facts?.["size"]}), role ${facts?.["role"]}`,
    },
    locksCheck(catalog.locks),
    threadsCheck(manifest.target.threads, Number(facts?.["connections"])),
    facts?.["has_bookkeeping"] === "t"
      ? { name: "bookkeeping", status: "ok", detail: `${catalog.recorded.length} relations are recorded as Galley's` }
      : { name: "bookkeeping", status: "ok", detail: "none yet: the first build makes it" },
    { name: "catalogs", status: "ok", detail: facts?.["catalogs"] ?? "" },
    ...publicationCheck(facts?.["published"] ?? undefined),
    ...rightsChecks(catalog, manifest),
  ];
};

const EVERYTHING_PUBLISHED = sql`(select string_agg(pubname, ', ' order by pubname) from pg_publication where puballtables)`;

/** Each build writes there; dead rows that stay are those that an old snapshot still sees. */
const CATALOGS = sql`(select pg_size_pretty(sum(pg_total_relation_size(relid))) || ', ' || sum(n_dead_tup) || ' dead rows of ' || sum(n_live_tup + n_dead_tup) from pg_stat_sys_tables where schemaname = 'pg_catalog')`;

/** Workspaces are published then, too: subscribers have none of their tables. */
const publicationCheck = (published: string | undefined): readonly Check[] =>
  published === undefined
    ? []
    : [
        {
          name: "replication",
          status: "warning",
          detail: `publication ${published} is for all tables, those of workspaces too: its subscribers stop at the first row of one; publish the tables by name`,
        },
      ];

const locksCheck = (locks: LockTable): Check => ({
  name: "locks",
  status: "ok",
  // Two locks a table, when nothing hangs on it.
  detail: `one publish may take ${lockBudget(locks)}, for about ${Math.floor(lockBudget(locks) / 2)} tables: half of the ${locks.promised} that the server promises, less ${locks.inUse} in use`,
});

const threadsCheck = (threads: number, connections: number): Check =>
  // One more holds the locks, one publishes, one cancels.
  threads + 3 > connections
    ? {
        name: "threads",
        status: "wrong",
        detail: `${countOf(threads, "thread")} and what goes with them need ${threads + 3} connections; the server allows ${connections}`,
      }
    : { name: "threads", status: "ok", detail: `${threads} of ${connections} connections` };

const rightsChecks = (catalog: Catalog, manifest: Manifest): readonly Check[] => {
  if (catalog.canCreateSchemas)
    return [{ name: "rights", status: "ok", detail: `role ${catalog.role} may create schemas` }];
  const missing = schemasOf(manifest, manifest.nodes.keys()).flatMap((schema) =>
    [schema, `${schema}__next`, `${schema}__old`].filter((name) => catalog.schemas.get(name)?.canCreate !== true),
  );
  if (missing.length === 0)
    return [{ name: "rights", status: "ok", detail: "all schemas are there, and may be written" }];
  const detail = `role ${catalog.role} may not create schemas, and these are missing or closed: ${missing.join(", ")}; grant create on database ${catalog.database} to ${catalog.role}`;
  return [{ name: "rights", status: "wrong", detail }];
};
