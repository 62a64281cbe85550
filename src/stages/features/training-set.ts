/** Entities and feature views in; rows of entities with their features as of each row's time out, to a stream or in batches. */
import type { Writable } from "node:stream";
import type { Session, TableResult } from "../../domain/contracts/database.ts";
import { failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { FeatureView, TypedColumn } from "../../domain/features.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { asOfQuery, type MaxAge } from "./as-of-query.ts";
import { ENTITIES, type EntitySource, LINE, loadEntities, unfitRows } from "./entity-table.ts";
import { timeViews } from "./entity-times.ts";

export type TrainingRequest = {
  readonly entities: EntitySource;
  readonly views: readonly FeatureView[];
  /** The columns that `--time` names, or none. */
  readonly times: readonly string[];
  readonly maxAge: MaxAge;
};

/** Where the rows go. */
type Sink =
  | { readonly kind: "csv"; readonly stream: Writable }
  | { readonly kind: "batches"; readonly take: (rows: TableResult["rows"]) => Promise<void> };

export type TrainingSet = {
  readonly columns: readonly TypedColumn[];
  /** To be called once. */
  readonly write: (sink: Sink) => Promise<number>;
};

/** What is read as a time, and how one is written, whatever the server's settings are. */
const PLAIN_TIMES = sql`set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1`;

const BATCH_ROWS = 20_000;

/** `use` is called when all that can be wrong with the request is known to be right. Times without a zone are UTC. */
export const withTrainingSet = async <T>(
  session: Session,
  { entities, views, times, maxAge }: TrainingRequest,
  use: (set: TrainingSet) => Promise<T>,
): Promise<Outcome<T>> => {
  await session.run(sql`begin isolation level repeatable read; ${PLAIN_TIMES}`);
  try {
    const loaded = await loadEntities(session, entities);
    if (!loaded.ok) return loaded;
    const timed = timeViews(loaded.value, views, times);
    if (!timed.ok) return timed;
    const unfit = await unfitRows(session, loaded.value, timed.value);
    if (unfit.length > 0) return failed(...unfit);
    const rows = { from: ENTITIES, shown: loaded.value.names, orderBy: LINE };
    const query = asOfQuery(rows, timed.value, maxAge);
    const value = await use({
      columns: await columnsOf(session, query),
      write: (sink) => written(session, query, sink),
    });
    return ok(value, timed.warnings);
  } finally {
    await session.run(sql`rollback`);
  }
};

const written = async (session: Session, query: Sql, sink: Sink): Promise<number> => {
  if (sink.kind === "csv") return session.copyTo(sql`copy (${query}) to stdout (format csv, header)`, sink.stream);
  await session.run(sql`declare galley_rows no scroll cursor for ${query}`);
  let count = 0;
  for (;;) {
    const { rows } = await session.table(sql`fetch ${literal(BATCH_ROWS)} from galley_rows`);
    if (rows.length === 0) return count;
    count += rows.length;
    await sink.take(rows);
  }
};

const columnsOf = async (session: Session, query: Sql): Promise<readonly TypedColumn[]> => {
  await session.run(sql`create temporary view galley_columns as ${query}`);
  const rows = await session.rows(
    sql`select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'pg_temp.galley_columns'::regclass and attnum > 0 order by attnum`,
  );
  await session.run(sql`drop view pg_temp.galley_columns`);
  return rows.map((row) => ({ name: row["name"] ?? "", type: row["type"] ?? "" }));
};
