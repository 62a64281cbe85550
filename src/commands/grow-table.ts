/** Brings the rows of a later query to a table as a run's publish does: the same delta, the same statements. */

import type { DeltaStep } from "../domain/build-steps.ts";
import type { ModelNode } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import { authored, ident, idents, joinSql, relation, type Sql, sql } from "../domain/sql.ts";
import type { Grow } from "../stages/check/rehearse.ts";
import { columnsOf, readColumns, shapeOf } from "../stages/execute/delta/columns.ts";
import { applyDelta, createDelta, describeDelta } from "../stages/execute/delta/delta-sql.ts";

export const growTable =
  (modelOf: (id: NodeId) => ModelNode): Grow =>
  async (session, { node, grown, delta }, later) => {
    const { config } = modelOf(node);
    const step: DeltaStep = {
      ...config.incremental,
      query: later,
      batches: undefined,
      live: grown,
      overlay: grown,
      delta,
      key: config.incremental.strategy === "append" ? [] : config.uniqueKey,
      predicates: config.incremental.predicates.map((p) => authored(p.value, { span: p.span, calledFrom: [] })),
      foreignKeys: [],
    };
    await session.run(describeDelta(step));
    const { first, second } = readColumns(await session.rows(columnsOf(grown, delta)));
    await session.run(sql`drop view ${relation(delta)}`);
    const shape = shapeOf(first, second, "sync_all_columns");
    if (shape.kind === "refused") throw new Error("sync_all_columns refuses nothing");
    const statements = [
      createDelta(step, shape.columns, first),
      ...keysOf(step),
      ...applyDelta(
        step,
        shape.columns.map((c) => c.name),
      ),
      sql`drop table ${relation(delta)}`,
    ];
    await session.run(sql`begin; ${joinSql(statements, sql`;\n`)}; commit`);
  };

/** What ON CONFLICT asks of the table, and every build of the new rows. */
const keysOf = ({ key, live, delta, strategy }: DeltaStep): readonly Sql[] => {
  if (key.length === 0) return [];
  const setNotNull = joinSql(
    key.map((c) => sql`alter column ${ident(c)} set not null`),
    sql`, `,
  );
  const notNull = sql`alter table ${relation(delta)} ${setNotNull}`;
  // There a key may stand for many rows, which go and come together.
  if (strategy === "delete_insert") return [notNull];
  return [
    sql`create unique index if not exists ${ident("key of grown rows")} on ${relation(live)} (${idents(key)})`,
    notNull,
    sql`create unique index ${ident("key of new rows")} on ${relation(delta)} (${idents(key)})`,
  ];
};
