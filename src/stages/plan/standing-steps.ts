/** Indexes, constraints and foreign keys that somebody put on a live relation, as steps on the new one. */
import type { BuiltNode } from "../../domain/manifest.ts";
import { type RelationName, workspaceOf } from "../../domain/names.ts";
import type { LeavingForeignKey } from "../../domain/publish-plan.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { ident, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import type { StandingKey, StandingObject } from "../../domain/standing.ts";
import { allKnown, duplicates } from "./constraint-steps.ts";
import { leavingKey, notValidOf, orphanRows } from "./foreign-keys.ts";

const inWorkspace = (node: BuiltNode): RelationName => ({
  schema: workspaceOf(node.relation.schema),
  name: node.relation.name,
});

const common = (node: BuiltNode, { name, columns }: StandingObject | StandingKey) =>
  ({ origin: "standing", name, columns, node: node.id, relation: node.relation, at: node.at }) as const;

export const stepOf = (node: BuiltNode, thing: StandingObject): ConstraintStep => {
  const table = relation(inWorkspace(node));
  if (thing.object === "index") {
    const { isUnique, name, tail, keys, where } = thing;
    const known = joinSql(
      [...keys.map((k) => sql`${k} is not null`), ...(where === undefined ? [] : [where])],
      sql` and `,
    );
    return {
      ...common(node, thing),
      kind: isUnique ? "unique index" : "index",
      change: {
        kind: "statement",
        sql: sql`create ${isUnique ? sql`unique ` : sql``}index ${ident(name)} on ${table}${tail}`,
      },
      violations: isUnique ? duplicates(table, keys, known) : undefined,
    };
  }
  return {
    ...common(node, thing),
    kind: thing.object,
    change: { kind: "action", sql: actionOf(thing) },
    violations: violationsOf(thing, table),
  };
};

type StandingConstraint = Exclude<StandingObject, { readonly object: "index" }>;

const actionOf = ({ name, definition, columns }: StandingConstraint): Sql =>
  definition === undefined
    ? joinSql(
        columns.map((c) => sql`alter column ${ident(c)} set not null`),
        sql`, `,
      )
    : sql`add constraint ${ident(name)} ${definition}`;

const violationsOf = ({ object, columns, expression }: StandingConstraint, table: Sql): Sql | undefined => {
  if (object === "check")
    return expression === undefined ? undefined : sql`select * from ${table} where not (${expression})`;
  if (object === "exclude") return undefined;
  const someNull = joinSql(
    columns.map((c) => sql`${ident(c)} is null`),
    sql` or `,
  );
  if (object === "not_null") return sql`select * from ${table} where ${someNull}`;
  const repeated = duplicates(table, columns.map(ident), allKnown(columns));
  if (object === "unique") return repeated;
  return sql`${repeated} union all select ${joinSql(columns.map(ident), sql`, `)}, count(*) from ${table} where ${someNull} group by ${joinSql(columns.map(ident), sql`, `)}`;
};

export const keyOf = (node: BuiltNode, key: StandingKey, to: RelationName): LeavingForeignKey => {
  const child = inWorkspace(node);
  const step: ConstraintStep = {
    ...common(node, key),
    kind: "foreign_key",
    change: {
      kind: "action",
      sql: sql`add constraint ${ident(key.name)} ${key.head}${relation(to)}${withoutState(key)}`,
    },
    violations: orphanRows(child, to, key.columns, key.toColumns),
  };
  const made = leavingKey(step, notValidOf(node));
  return key.isValidated ? made : { ...made, validate: undefined };
};

/** What is not valid says so itself, and the step adds NOT VALID to all. */
const withoutState = ({ tail }: StandingKey): Sql => ({
  kind: "sql",
  pieces: tail.pieces.map((piece) => ({ ...piece, text: piece.text.replace(/ NOT VALID$/, "") })),
});
