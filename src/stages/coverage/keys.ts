/** Which columns tell the rows of a relation apart, and whether anything sees to it that they do. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { RelationNode } from "../../domain/manifest.ts";
import type { RelationFacts } from "../../domain/test-facts.ts";

export type Relation = RelationNode;
export type Key = readonly string[];

export type Keys = {
  /** By config, constraint or name, else what is guarded; one without columns: a key that nobody knows. */
  readonly expected: readonly Key[];
  /** By data tests, constraints and unique indexes. */
  readonly guarded: readonly Key[];
};

export const keysOf = (
  node: Relation,
  columns: readonly string[],
  tests: readonly CompiledTest[],
  live: RelationFacts | undefined,
): Keys => {
  const guarded = [
    ...tests.flatMap(({ failing }) => (failing.kind === "key" ? [failing.columns] : [])),
    ...constraintKeys(node),
    ...indexKeys(node),
    ...(live?.unique ?? []).map((unique) => unique.columns),
  ];
  const declared = [...configKeys(node), ...constraintKeys(node)];
  if (declared.length > 0) return { expected: withoutRepeats(declared), guarded };
  const byName = guarded.length > 0 ? guarded.slice(0, 1) : keysByName(node.name, columns);
  return { expected: byName.length > 0 || !hasRowsOfItsOwn(node) ? byName : [[]], guarded };
};

/** Of a source the database knows the key, and of a snapshot Galley. */
const hasRowsOfItsOwn = (node: Relation): boolean =>
  node.kind === "seed" || (node.kind === "model" && node.config.materialized !== "ephemeral");

/** Fewer columns that are unique tell more than is asked. */
export const isGuarded = (key: Key, guarded: readonly Key[]): boolean =>
  guarded.some((columns) => columns.length > 0 && columns.every((column) => key.includes(column)));

/** A snapshot's key is looked at by each of its runs. */
const configKeys = (node: Relation): readonly Key[] =>
  node.kind === "model" && node.config.uniqueKey.length > 0 ? [node.config.uniqueKey] : [];

const constraintKeys = (node: Relation): readonly Key[] =>
  node.kind === "source"
    ? []
    : node.constraints.flatMap((c) => (c.kind === "primary_key" || c.kind === "unique" ? [c.columns] : []));

const indexKeys = (node: Relation): readonly Key[] =>
  node.kind === "source"
    ? []
    : node.config.indexes.flatMap(({ isUnique, where, columns }) => {
        const names = columns.flatMap(({ key }) => (key.kind === "column" ? [key.name] : []));
        return isUnique && where === undefined && names.length === columns.length ? [names] : [];
      });

/** `id`, or `order_id` in `orders`, `stg_orders` and `stg_shop__orders`. */
const keysByName = (name: string, columns: readonly string[]): readonly Key[] => {
  const wanted = ["id", ...singulars(name).map((one) => `${one}_id`)];
  const found = columns.find((column) => wanted.includes(column.toLowerCase()));
  return found === undefined ? [] : [[found]];
};

export const singulars = (name: string): readonly string[] => {
  const last = name.split(".").at(-1) ?? name;
  const bare = (last.split("__").at(-1) ?? last).toLowerCase().replace(/^(?:stg|int|dim|fct|fact|raw|base)_/, "");
  return [bare, bare.replace(/ies$/, "y"), bare.replace(/(?:es|s)$/, ""), bare.replace(/s$/, "")];
};

const withoutRepeats = (keys: readonly Key[]): readonly Key[] => [
  ...new Map(keys.map((key) => [[...key].sort().join("\0"), key])).values(),
];
