/** The temporary tables of a load: the file's rows, the rows refused, and for each step what it maps and what it writes. */
import type { IngestStep } from "../../domain/ingest.ts";
import { authored, ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import type { TargetTable } from "./target-table.ts";

/** A step with all that its SQL is made from. */
export type BoundStep = { readonly index: number; readonly step: IngestStep; readonly table: TargetTable };

/** Names of ours begin so, and no header may. */
export const OWN = "galley_";

export const LINE = ident("galley_line");
export const STAGING = sql`pg_temp.galley_staging`;
export const REJECTS = sql`pg_temp.galley_rejects`;
export const mappedTable = ({ index }: BoundStep): Sql => sql`pg_temp.${ident(`galley_mapped_${index}`)}`;
export const keptTable = ({ index }: BoundStep): Sql => sql`pg_temp.${ident(`galley_kept_${index}`)}`;

export const columnNames = ({ step }: BoundStep): readonly string[] => step.columns.map((c) => c.name.value);
export const keyNames = ({ step }: BoundStep): readonly string[] => step.key.map((k) => k.value);

/** Lines refused by a step. `is_known`: found by an earlier attempt. */
export const createStaging = (columns: readonly string[]): Sql => sql`
drop table if exists ${STAGING}, ${REJECTS};
create temporary table galley_staging (
  ${LINE} bigint not null, galley_reason text, galley_raw text,
  ${joinSql(
    columns.map((name) => sql`${ident(name)} text`),
    sql`, `,
  )});
create temporary table galley_rejects (
  ${LINE} bigint primary key, galley_step int not null, galley_kind text not null, galley_reason text not null,
  galley_is_known boolean not null default false)`;

export const copyToStaging = (delimiter: string): Sql =>
  sql`copy ${STAGING} from stdin with (format csv, delimiter ${literal(delimiter)}, encoding 'UTF8')`;

/** Mapped rows have the target's own types, so that a value is converted as an INSERT converts it. */
export const createStepTables = (bound: BoundStep): Sql => {
  const columns = joinSql(
    columnNames(bound).map(
      (name) => sql`${ident(name)} ${authored(bound.table.columns.get(name)?.type ?? "text", undefined)}`,
    ),
    sql`, `,
  );
  const bare = (table: string): Sql => ident(`${table}_${bound.index}`);
  return sql`
drop table if exists ${mappedTable(bound)}, ${keptTable(bound)};
create temporary table ${bare("galley_mapped")} (${LINE} bigint not null, ${columns});
create temporary table ${bare("galley_kept")} (${LINE} bigint not null, ${columns})`;
};

export const dropAll = (steps: readonly BoundStep[]): Sql =>
  sql`drop table if exists ${STAGING}, ${REJECTS}${joinSql(
    steps.map((bound) => sql`, ${mappedTable(bound)}, ${keptTable(bound)}`),
    sql``,
  )}`;
