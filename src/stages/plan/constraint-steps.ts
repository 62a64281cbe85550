/** The declared constraints of a node, foreign keys apart, as steps on its workspace relation. */
import type { BuiltNode, Constraint } from "../../domain/manifest.ts";
import type { RelationName } from "../../domain/names.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { authored, ident, idents, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";

export const constraintSteps = (node: BuiltNode, workspace: RelationName): readonly ConstraintStep[] =>
  node.constraints.flatMap((c) => {
    const step = stepOf(c, workspace);
    return step === undefined
      ? []
      : [{ ...step, name: c.name, origin: "declared", node: node.id, relation: node.relation, at: c.span }];
  });

type Step = Pick<ConstraintStep, "kind" | "columns" | "change" | "violations">;

const stepOf = (constraint: Constraint, workspace: RelationName): Step | undefined => {
  const from = relation(workspace);
  const action = (text: Sql): Step["change"] => ({ kind: "action", sql: text });
  switch (constraint.kind) {
    case "not_null": {
      const column = ident(constraint.column);
      return {
        kind: "not_null",
        columns: [constraint.column],
        change: action(sql`alter column ${column} set not null`),
        violations: sql`select * from ${from} where ${column} is null`,
      };
    }
    case "check": {
      const { value, span } = constraint.expression;
      const expression = authored(value, { span, calledFrom: [] });
      return {
        kind: "check",
        columns: [],
        change: action(sql`add constraint ${ident(constraint.name)} check (\n${expression}\n)`),
        violations: sql`select * from ${from} where not (\n${expression}\n)`,
      };
    }
    case "unique":
      return {
        kind: "unique",
        columns: constraint.columns,
        change: action(sql`add constraint ${ident(constraint.name)} unique (${idents(constraint.columns)})`),
        violations: duplicates(from, constraint.columns.map(ident), allKnown(constraint.columns)),
      };
    case "primary_key": {
      const columns = idents(constraint.columns);
      const someNull = joinSql(
        constraint.columns.map((c) => sql`${ident(c)} is null`),
        sql` or `,
      );
      return {
        kind: "primary_key",
        columns: constraint.columns,
        change: action(sql`add constraint ${ident(constraint.name)} primary key (${columns})`),
        violations: sql`select ${columns}, count(*) as n_records from ${from} group by ${columns} having count(*) > 1 or bool_or(${someNull})`,
      };
    }
    case "foreign_key":
      return undefined;
    default:
      return unreachable(constraint);
  }
};

export const allKnown = (columns: readonly string[]): Sql =>
  joinSql(
    columns.map((c) => sql`${ident(c)} is not null`),
    sql` and `,
  );

export const duplicates = (from: Sql, keys: readonly Sql[], where: Sql): Sql => {
  const key = joinSql(keys, sql`, `);
  const positions = joinSql(
    keys.map((_, i) => positionSql(i + 1)),
    sql`, `,
  );
  return sql`select ${key}, count(*) as n_records from ${from} where ${where} group by ${positions} having count(*) > 1`;
};

const positionSql = (n: number): Sql => authored(String(n), undefined);
