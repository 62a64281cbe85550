/**
 * What an incremental model's key asks of its relation besides what is declared: NOT NULL, and a unique constraint, or,
 * for delete_insert, whose key may stand for many rows, an index; for microbatch an index on the time.
 */
import type { IndexSpec } from "../../domain/config.ts";
import type { NamingConstraint } from "./constraints.ts";
import type { DeclaredRelation } from "./declare.ts";
import { UNNAMED } from "./indexes.ts";

/** A NULL equals nothing, so a row with one would come again with every run. */
export const keyConstraints = (
  node: DeclaredRelation,
  declared: readonly NamingConstraint[],
): readonly NamingConstraint[] => {
  const key = keyOf(node);
  if (key.length === 0 || node.kind !== "model") return [];
  const span = node.at;
  const isNotNull = (column: string): boolean =>
    declared.some(
      ({ constraint: c }) =>
        (c.kind === "not_null" && c.column === column) || (c.kind === "primary_key" && c.columns.includes(column)),
    );
  const notNull = key
    .filter((column) => !isNotNull(column))
    .map((column): NamingConstraint => ({ written: undefined, constraint: { kind: "not_null", column, span } }));
  const isUnique =
    declared.some(({ constraint }) => isKey(constraint, key)) || node.config.indexes.some(isKeyIndex(key));
  if (isUnique || node.config.incremental.strategy === "delete_insert") return notNull;
  return [...notNull, { written: undefined, constraint: { kind: "unique", columns: key, span } }];
};

/** Without an index delete_insert would read the whole table to find the rows of a few keys, and microbatch those of a few batches. */
export const withKeyIndex = <T extends DeclaredRelation>(node: T, constraints: readonly NamingConstraint[]): T => {
  const key = replacedBy(node);
  const hasIndex =
    key.length === 0 ||
    constraints.some(({ constraint }) => isKey(constraint, key)) ||
    node.config.indexes.some(leads(key));
  if (hasIndex) return node;
  const index: IndexSpec = {
    name: UNNAMED,
    columns: key.map((name) => ({
      key: { kind: "column", name },
      order: undefined,
      nulls: undefined,
      opclass: undefined,
      collation: undefined,
    })),
    isUnique: false,
    method: "btree",
    include: [],
    where: undefined,
    isNullsNotDistinct: false,
    parameters: [],
    tablespace: undefined,
    span: node.at,
  };
  return { ...node, config: { ...node.config, indexes: [...node.config.indexes, index] } };
};

/** The columns by which rows of live are looked for. */
const replacedBy = (node: DeclaredRelation): readonly string[] => {
  const batched = node.kind === "model" ? node.config.incremental.microbatch : undefined;
  return batched === undefined ? keyOf(node) : [batched.eventTime];
};

const keyOf = (node: DeclaredRelation): readonly string[] =>
  node.kind === "model" && node.config.materialized === "incremental" && node.config.incremental.strategy !== "append"
    ? node.config.uniqueKey
    : [];

const isKey = (constraint: NamingConstraint["constraint"], key: readonly string[]): boolean =>
  (constraint.kind === "primary_key" || constraint.kind === "unique") && isSameSet(constraint.columns, key);

const isKeyIndex =
  (key: readonly string[]) =>
  (index: IndexSpec): boolean =>
    index.isUnique && index.where === undefined && isSameSet(plainColumns(index), key);

/** Its first columns are the key's, in whatever order; a brin finds a time as well. */
const leads =
  (key: readonly string[]) =>
  (index: IndexSpec): boolean =>
    (index.method === "btree" || index.method === "brin") &&
    index.where === undefined &&
    isSameSet(plainColumns(index).slice(0, key.length), key);

const plainColumns = (index: IndexSpec): readonly string[] =>
  index.columns.map((c) => (c.key.kind === "column" ? c.key.name : ""));

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && b.every((name) => a.includes(name));
