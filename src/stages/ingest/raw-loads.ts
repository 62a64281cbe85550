/** What the database remembers of raw-loading seeds: which file, mapping and tables were loaded without a refused row. */
import { createHash } from "node:crypto";
import type { Session } from "../../domain/contracts/database.ts";
import type { IngestMapping } from "../../domain/ingest.ts";
import { LEDGER_SCHEMA, relationKey } from "../../domain/names.ts";
import { ident, literal, type Sql, sql } from "../../domain/sql.ts";
import { hashOf } from "../../lib/hash.ts";
import { readFile } from "./open-table.ts";
import type { TargetTable } from "./target-table.ts";

/** Beside the ledger of migrations: it is about raw, which a prefix never moves. */
const TABLE = sql`${ident(LEDGER_SCHEMA)}.raw_loads`;

export const rememberedLoads = async (session: Session): Promise<ReadonlyMap<string, string>> => {
  const there = await session.rows(sql`
select exists (select from pg_namespace where nspname = ${literal(LEDGER_SCHEMA)}) as schema, to_regclass(${literal(`${LEDGER_SCHEMA}.raw_loads`)}) is not null as loads`);
  if (there[0]?.["loads"] !== "t") {
    const schema = there[0]?.["schema"] === "t" ? sql`` : sql`create schema if not exists ${ident(LEDGER_SCHEMA)}; `;
    await session.run(sql`${schema}create table if not exists ${TABLE} (
  mapping text primary key, file text not null, hash text not null, run_id uuid not null, at timestamptz not null)`);
  }
  const rows = await session.rows(sql`select mapping, hash from ${TABLE}`);
  return new Map(rows.map((row) => [row["mapping"] ?? "", row["hash"] ?? ""]));
};

export const rememberLoad = (mapping: IngestMapping, file: string, hash: string, runId: string): Sql =>
  sql`insert into ${TABLE} (mapping, file, hash, run_id, at)
values (${literal(mapping.name)}, ${literal(file)}, ${literal(hash)}, ${literal(runId)}::uuid, now())
on conflict (mapping) do update set file = excluded.file, hash = excluded.hash, run_id = excluded.run_id, at = excluded.at`;

/** Other bytes, another mapping or a table made anew give another hash. */
export const loadHash = async (
  mapping: IngestMapping,
  absolutePath: string,
  tables: ReadonlyMap<string, TargetTable>,
): Promise<string> => {
  const bytes = createHash("sha256");
  for await (const chunk of readFile(absolutePath)) bytes.update(chunk);
  const oids = mapping.steps.map(({ into }) => tables.get(relationKey(into))?.oid ?? "");
  return hashOf(bytes.digest("hex"), withoutPlaces(mapping), ...oids);
};

/** Moving a mapping within its file changes nothing. */
const withoutPlaces = (mapping: IngestMapping): string =>
  JSON.stringify(mapping, (key, value: unknown) => (/^(span|intoSpan)$/.test(key) ? undefined : value));
