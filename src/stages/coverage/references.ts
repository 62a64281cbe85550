/** Which columns look like foreign keys, by the keys of other relations, and whether anything holds them to it. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { NodeId } from "../../domain/names.ts";
import type { RelationFacts } from "../../domain/test-facts.ts";
import { type Relation, singulars } from "./keys.ts";

/** A relation that one column tells the rows of. */
export type KeyHolder = { readonly node: Relation; readonly column: string };

export type Reference = {
  readonly column: string;
  /** Undefined where only the constraint knows. */
  readonly to: string | undefined;
  readonly isHeld: boolean;
};

export const referencesOf = (
  node: Relation,
  columns: readonly string[],
  tests: readonly CompiledTest[],
  live: RelationFacts | undefined,
  holders: { readonly all: readonly KeyHolder[]; readonly below: ReadonlySet<NodeId> },
): readonly Reference[] => {
  // A history outlives the rows that it refers to.
  if (node.kind === "snapshot") return [];
  const held = heldColumns(node, tests, live);
  const own = new Set(holders.all.flatMap((holder) => (holder.node.id === node.id ? [holder.column] : [])));
  const others = holders.all.filter(({ node: { id } }) => id !== node.id && !holders.below.has(id));
  return columns.flatMap((column): readonly Reference[] => {
    const holder = others.find((other) => refersTo(column, other));
    if (held.has(column)) return [{ column, to: nameOf(holder), isHeld: true }];
    // What alone tells the rows apart is where others refer to.
    return holder === undefined || own.has(column) ? [] : [{ column, to: nameOf(holder), isHeld: false }];
  });
};

/** `home_team_id` refers to a key `team_id`, and `team_id` to the `id` of `teams`. */
const refersTo = (column: string, { node, column: key }: KeyHolder): boolean => {
  const names = singulars(node.name);
  const isNamed = key.endsWith("_id") || names.some((one) => key === `${one}_key`);
  const ends = key === "id" ? names.map((one) => `${one}_id`) : isNamed ? [key] : [];
  return ends.some((end) => column === end || column.endsWith(`_${end}`));
};

const nameOf = (holder: KeyHolder | undefined): string | undefined =>
  holder === undefined ? undefined : `${holder.node.name}.${holder.column}`;

/** By a test that names another relation, or by a foreign key. */
const heldColumns = (
  node: Relation,
  tests: readonly CompiledTest[],
  live: RelationFacts | undefined,
): ReadonlySet<string> => {
  const held = new Set((live?.foreignKeys ?? []).flatMap((key) => key.columns));
  for (const c of node.kind === "source" ? [] : node.constraints)
    if (c.kind === "foreign_key") for (const column of c.columns) held.add(column);
  for (const { node: test, failing } of tests) {
    const given = test.test.kind === "generic" ? [...test.test.arguments.values()] : [];
    const isOfTwo = failing.kind === "parent" || given.some((argument) => argument.kind === "reference");
    if (isOfTwo && test.column !== undefined) held.add(test.column);
  }
  return held;
};
