/**
 * Builds the new rows of an incremental model: the query is described before it is run, so that columns which do not fit
 * live are told at once; then its rows, beside them the view on all rows as they will be.
 */

import type { DeltaStep } from "../../../domain/build-steps.ts";
import type { Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { relationKey } from "../../../domain/names.ts";
import type { BuildTask } from "../../../domain/plan.ts";
import { literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import { tableLines } from "../../../lib/table.ts";
import { type ColumnChange, columnsOf, readColumns, shapeOf } from "./columns.ts";
import { countDelta, createDelta, createOverlay, createStandIn, describeDelta } from "./delta-sql.ts";

export type MadeDelta =
  | { readonly kind: "made"; readonly rows: number | undefined }
  | { readonly kind: "failed"; readonly diagnostics: readonly Diagnostic[] };

/** Within the node's transaction, which is open; the caller ends it. */
export const makeDelta = async (
  session: Session,
  task: BuildTask,
  step: DeltaStep,
  comment: Sql,
): Promise<MadeDelta> => {
  const standIn = step.batches === undefined ? sql`` : sql`${createStandIn(step)}; `;
  await session.run(sql`${standIn}${comment}${describeDelta(step)}`);
  const { first: live, second: given } = readColumns(await session.rows(columnsOf(step.live, step.delta)));
  const shape = shapeOf(live, given, step.onSchemaChange);
  if (shape.kind === "refused") return { kind: "failed", diagnostics: [columnsDiffer(task, step, shape.changes)] };
  const delta = relation(step.delta);
  const results = await session.run(
    sql`drop view ${delta}; ${comment}${createDelta(step, shape.columns, live)};\n${dropStandIn(step)}${createOverlay(step, { live, delta: shape.columns })}`,
  );
  return { kind: "made", rows: results.find((r) => r.command === "SELECT")?.rowCount };
};

const dropStandIn = ({ batches, overlay }: DeltaStep): Sql =>
  batches === undefined ? sql`` : sql`drop view ${relation(overlay)}; `;

/** What publish has to find again, kept with the rows themselves, so that it outlives this process. */
export type Expected = { readonly rows: number; readonly replaced: number };

export const expectOf = async (session: Session, step: DeltaStep): Promise<Sql> => {
  const expected = readCounts((await session.rows(countDelta(step)))[0]);
  return sql`comment on table ${relation(step.delta)} is ${literal(JSON.stringify(expected))}`;
};

export const readCounts = (row: Readonly<Record<string, string | null>> | undefined): Expected => ({
  rows: Number(row?.["rows"] ?? 0),
  replaced: Number(row?.["replaced"] ?? 0),
});

const columnsDiffer = (
  { relation: name, at, node }: BuildTask,
  { onSchemaChange }: DeltaStep,
  changes: readonly ColumnChange[],
): Diagnostic => {
  const lines = tableLines({ columns: ["column", "query", "live"], rows: changes.map(rowOf), width: 120 }).join("\n");
  const select = node.split(".").at(-1) ?? node;
  return errorOf(
    "execute/schema-changed",
    `the query has other columns than ${relationKey(name)}, and on_schema_change is ${onSchemaChange}\n${lines}`,
    {
      at,
      help: `build it whole: galley build --full-refresh --select ${select}; or set on_schema_change: append_new_columns takes new columns, sync_all_columns also drops and retypes`,
    },
  );
};

const rowOf = (change: ColumnChange): readonly string[] => {
  const { name, type } = change.column;
  switch (change.kind) {
    case "new":
      return [name, type, "–"];
    case "gone":
      return [name, "–", type];
    case "type":
      return [name, type, change.was];
    default:
      return unreachable(change);
  }
};
