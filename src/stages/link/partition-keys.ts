/** A unique key of a partitioned table must hold what the table is cut by: each partition only knows its own rows. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Partitioning } from "../../domain/partitioning.ts";
import type { Span } from "../../domain/source.ts";
import type { NamingConstraint } from "./constraints.ts";
import type { ToName } from "./object-names.ts";

type Unique = { readonly what: string; readonly columns: readonly string[]; readonly span: Span };

export const partitionKeysWrong = (
  { name, config }: ToName["node"],
  constraints: readonly NamingConstraint[],
): readonly Diagnostic[] => {
  const partitioning = "partitioning" in config ? config.partitioning : undefined;
  if (partitioning === undefined) return [];
  const keys = constraints.flatMap(({ constraint: c }): readonly Unique[] =>
    c.kind === "primary_key" || c.kind === "unique" ? [{ what: c.kind, columns: c.columns, span: c.span }] : [],
  );
  const indexes = config.indexes
    .filter((index) => index.isUnique)
    .map(({ columns, span }): Unique => {
      const plain = columns.flatMap(({ key }) => (key.kind === "column" ? [key.name] : []));
      return { what: "unique index", columns: plain, span };
    });
  return [...keys, ...indexes].flatMap((unique) => wrongWith(unique, partitioning, name));
};

const wrongWith = (
  { what, columns, span }: Unique,
  { keys, at }: Partitioning,
  name: string,
): readonly Diagnostic[] => {
  const by = keys.flatMap((key) => (key.kind === "column" ? [key.name.value] : []));
  if (by.length === keys.length && by.every((column) => columns.includes(column))) return [];
  const isByColumns = by.length === keys.length;
  const message = isByColumns
    ? `the ${what} of \`${name}\` must hold ${by.join(", ")}, by which the table is partitioned`
    : `the ${what} of \`${name}\` cannot be: the table is partitioned by an expression`;
  return [
    errorOf("link/bad-partition", message, {
      at: span,
      notes: [{ message: "partitioned here", at }],
      help: isByColumns
        ? "add the column to the key, or test uniqueness: `data_tests: [unique]`"
        : "partition by a column",
    }),
  ];
};
