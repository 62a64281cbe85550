/** What a run does for a snapshot, and the rules without which its versions could not be told apart. */

import type { DeltaStep, SnapshotStep } from "../../domain/build-steps.ts";
import type { CompiledModel } from "../../domain/compiled.ts";
import type { SnapshotNode } from "../../domain/manifest.ts";
import type { Rule } from "../../domain/rule.ts";
import { ident, idents, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";

export const snapshotStep = (
  node: SnapshotNode,
  { query }: CompiledModel,
  startedAt: Date,
  later: DeltaStep | undefined,
): SnapshotStep => ({
  query,
  config: node.config,
  now: sql`${literal(startedAt.toISOString())}::timestamptz`,
  later,
  rules: [keyRule(node, query), ...updatedAtRule(node, query)],
});

/** Two rows of one key would each end the other's version, and a NULL is no key. */
const keyRule = ({ id, relation, config, at }: SnapshotNode, query: Sql): Rule => {
  const key = idents(config.uniqueKey);
  const someNull = joinSql(
    config.uniqueKey.map((c) => sql`${ident(c)} is null`),
    sql` or `,
  );
  return {
    kind: "unique_key",
    name: `${relation.name}_unique_key`,
    node: id,
    columns: config.uniqueKey,
    violations: sql`select ${key}, count(*) as n_records from (\n${query}\n) as watched group by ${key} having count(*) > 1 or bool_or(${someNull})`,
    at,
  };
};

/** A version without a beginning would hold at no time. */
const updatedAtRule = ({ id, relation, config, at }: SnapshotNode, query: Sql): readonly Rule[] => {
  const { strategy } = config;
  if (strategy.kind !== "timestamp") return [];
  return [
    {
      kind: "updated_at",
      name: `${relation.name}_updated_at`,
      node: id,
      columns: [strategy.updatedAt],
      violations: sql`select * from (\n${query}\n) as watched where ${ident(strategy.updatedAt)} is null`,
      at,
    },
  ];
};
