/** Unique constraints of an incremental model besides its key: new rows must not meet live rows that stay. */
import { within } from "../../domain/batch.ts";
import type { ModelNode } from "../../domain/manifest.ts";
import { type ConstraintStep, type DeltaStep, spanOf } from "../../domain/plan.ts";
import { ident, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";

/** The index of live finds the few rows in question. */
export const uniqueChecks = (node: ModelNode, step: DeltaStep): readonly ConstraintStep[] =>
  node.constraints.flatMap((constraint): ConstraintStep[] => {
    if (constraint.kind !== "unique" && constraint.kind !== "primary_key") return [];
    const { columns, kind, name, span } = constraint;
    if (isSameSet(columns, step.key) && step.predicates.length === 0) return [];
    const stays =
      step.key.length === 0
        ? sql` and ${isOutside(step)}`
        : sql` and not exists (select from ${relation(step.delta)} as r where ${equal("r", "l", step.key)})`;
    const violations = sql`select d.* from ${relation(step.delta)} as d where exists (select from ${relation(step.live)} as l where ${equal("l", "d", columns)}${stays})`;
    const change = { kind: "action", sql: sql`` } as const;
    return [
      { origin: "declared", kind, name, node: node.id, relation: node.relation, columns, change, violations, at: span },
    ];
  });

/** Of the live rows `l`, those that no batch replaces. */
const isOutside = ({ batches }: DeltaStep): Sql => {
  const span = batches === undefined ? undefined : spanOf(batches);
  if (batches === undefined || span === undefined) return sql`true`;
  return sql`(${within(sql`l.${ident(batches.eventTime)}`, span)}) is not true`;
};

export const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && b.every((name) => a.includes(name));

const equal = (a: string, b: string, columns: readonly string[]): Sql =>
  joinSql(
    columns.map((c) => sql`${ident(a)}.${ident(c)} = ${ident(b)}.${ident(c)}`),
    sql` and `,
  );
