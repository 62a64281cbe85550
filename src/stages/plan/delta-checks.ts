/** Unique constraints of an incremental model besides its key: new rows must not meet live rows that stay. */
import { within } from "../../domain/batch.ts";
import { type DeltaStep, spanOf } from "../../domain/build-steps.ts";
import type { ModelNode } from "../../domain/manifest.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { ident, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";

/** The index of live finds the few rows in question. */
export const uniqueChecks = (node: ModelNode, step: DeltaStep): readonly ConstraintStep[] =>
  node.constraints.flatMap((constraint): ConstraintStep[] => {
    if (constraint.kind !== "unique" && constraint.kind !== "primary_key") return [];
    const { columns, kind, name, span } = constraint;
    if (isSameSet(columns, step.key) && step.predicates.length === 0) return [];
    const violations = sql`select d.* from ${relation(step.delta)} as d where exists (select from ${relation(step.live)} as ${ident(DEST)} where ${equal(DEST, "d", columns)}${andStays(step)})`;
    const change = { kind: "action", sql: sql`` } as const;
    return [
      { origin: "declared", kind, name, node: node.id, relation: node.relation, columns, change, violations, at: span },
    ];
  });

/** Of the live rows, those that no batch replaces. */
const isOutside = ({ batches }: DeltaStep): Sql => {
  const span = batches === undefined ? undefined : spanOf(batches);
  if (batches === undefined || span === undefined) return sql`true`;
  return sql`(${within(sql`${ident(DEST)}.${ident(batches.eventTime)}`, span)}) is not true`;
};

/** The names by which predicates call live rows and new ones. */
const DEST = "dbt_internal_dest";
const SOURCE = "dbt_internal_source";

/** No new row replaces the live one; predicates let rows of the same key stay. */
const andStays = (step: DeltaStep): Sql => {
  const { key, delta, predicates, strategy } = step;
  if (key.length === 0) return sql` and ${isOutside(step)}`;
  const narrowed = joinSql(
    predicates.map((p) => sql` and (\n${p}\n)`),
    sql``,
  );
  const hasNewRow = (more: Sql): Sql =>
    sql`exists (select from ${relation(delta)} as ${ident(SOURCE)} where ${equal(SOURCE, DEST, key)}${more})`;
  return strategy === "merge"
    ? sql` and not ${hasNewRow(narrowed)}`
    : sql` and (${hasNewRow(sql``)}${narrowed}) is not true`;
};

export const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && b.every((name) => a.includes(name));

const equal = (a: string, b: string, columns: readonly string[]): Sql =>
  joinSql(
    columns.map((c) => sql`${ident(a)}.${ident(c)} = ${ident(b)}.${ident(c)}`),
    sql` and `,
  );
