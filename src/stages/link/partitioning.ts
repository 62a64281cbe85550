/** From `partition_by:` to how a table is cut; what does not fit together is said. */
import type { MaterializationName } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { byteLength, MAX_NAME_BYTES } from "../../domain/names.ts";
import {
  type DeclaredPartition,
  GRANULARITIES,
  type PartitionCut,
  type Partitioning,
  type PartitionKey,
} from "../../domain/partitioning.ts";
import type { Span } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { itemsAt, namesAt, textAt, typedScalar, valueAt } from "../../domain/tree-read.ts";
import { type MergedConfig, mergedValue } from "./layers.ts";

type Wrong = (message: string, help: string, at?: Span) => undefined;

export const readPartitioning = (
  merged: MergedConfig,
  materialized: MaterializationName,
  found: Diagnostic[],
): Partitioning | undefined => {
  const tree = mergedValue(merged, "partition_by");
  if (tree?.kind !== "mapping") return undefined;
  const checked = checkMapping(tree, "partition by");
  found.push(...checked);
  if (checked.some((d) => d.severity === "error")) return undefined;
  const key = merged.entries.get("partition_by")?.key.span ?? tree.span;
  const wrong: Wrong = (message, help, at = key) => {
    found.push(errorOf("link/bad-partition", message, { at, help }));
    return undefined;
  };
  if (materialized !== "table")
    return wrong(
      `only a table can be cut into partitions, and this is ${materialized === "incremental" ? "incremental" : `a ${materialized.replace("_", " ")}`}`,
      "set `materialized: table`, or leave `partition_by` out",
    );
  const strategy = textAt(tree, "type")?.value ?? "range";
  if (strategy !== "range" && strategy !== "list" && strategy !== "hash") return undefined;
  const keys = keysOf(tree, strategy, wrong);
  const cut = cutOf(tree, strategy, wrong, found);
  return keys === undefined || cut === undefined ? undefined : { strategy, keys, cut, at: key };
};

const keysOf = (tree: Tree, strategy: string, wrong: Wrong): readonly PartitionKey[] | undefined => {
  const columns = namesAt(tree, "columns");
  const expression = textAt(tree, "expression");
  if ((columns.length === 0) === (expression === undefined))
    return wrong("`partition_by` needs either `columns` or `expression`", "for example `columns: game_date`");
  if (columns.length > 1 && strategy !== "hash")
    return wrong(`a ${strategy} is over one column or expression`, "only `type: hash` takes several", columns[1]?.span);
  return expression === undefined
    ? columns.map((name) => ({ kind: "column", name }))
    : [{ kind: "expression", text: expression }];
};

/** What each type can be cut by. */
const CUTS: Readonly<Record<Partitioning["strategy"], readonly string[]>> = {
  range: ["granularity", "interval", "partitions"],
  list: ["partitions"],
  hash: ["modulus"],
};

const cutOf = (
  tree: Tree,
  strategy: Partitioning["strategy"],
  wrong: Wrong,
  found: Diagnostic[],
): PartitionCut | undefined => {
  const written = ["granularity", "interval", "modulus", "partitions"].filter(
    (name) => valueAt(tree, name) !== undefined,
  );
  const stray = written.find((name) => !CUTS[strategy].includes(name));
  const help = HELP[strategy];
  if (stray !== undefined)
    return wrong(`\`${stray}\` is not for \`type: ${strategy}\``, help, valueAt(tree, stray)?.span);
  if (written.length > 1) return wrong(`a ${strategy} is cut in one way, not by ${written.join(" and ")}`, help);
  switch (written[0]) {
    case "granularity": {
      const unit = GRANULARITIES.find((name) => name === textAt(tree, "granularity")?.value);
      return unit === undefined ? undefined : { kind: "granularity", unit };
    }
    case "interval": {
      const size = wholeNumber(tree, "interval", wrong);
      return size === undefined ? undefined : { kind: "interval", size };
    }
    case "modulus": {
      const count = wholeNumber(tree, "modulus", wrong);
      return count === undefined ? undefined : { kind: "modulus", count };
    }
    case "partitions":
      return declared(tree, strategy, wrong, found);
    default:
      return strategy === "list" ? { kind: "values" } : wrong(`a ${strategy} needs to know its partitions`, help);
  }
};

const HELP: Readonly<Record<Partitioning["strategy"], string>> = {
  range: "`granularity: month` for days and times, `interval: 10` for numbers, or a list of `partitions`",
  list: "without anything, one partition for each value; or a list of `partitions`",
  hash: "`modulus: 8` makes eight",
};

const wholeNumber = (tree: Tree, key: string, wrong: Wrong): number | undefined => {
  const value = typedScalar(valueAt(tree, key));
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  return wrong(`\`${key}\` is a whole number from 1`, `for example \`${key}: 8\``, valueAt(tree, key)?.span);
};

const declared = (
  tree: Tree,
  strategy: Partitioning["strategy"],
  wrong: Wrong,
  found: Diagnostic[],
): PartitionCut | undefined => {
  const names = new Set<string>();
  const partitions = itemsAt(tree, "partitions").flatMap((item): readonly DeclaredPartition[] => {
    const checked = checkMapping(item, "partition");
    found.push(...checked);
    const name = textAt(item, "name");
    if (name === undefined || checked.some((d) => d.severity === "error")) return [];
    if (byteLength(name.value) > MAX_NAME_BYTES)
      wrong(`\`${name.value}\` has ${byteLength(name.value)} bytes`, "PostgreSQL cuts names at 63", name.span);
    if (names.has(name.value)) wrong(`two partitions are named \`${name.value}\``, "rename one", name.span);
    names.add(name.value);
    const bound = boundOf(item, strategy);
    if (bound !== undefined) return [{ name: name.value, bound }];
    const form = strategy === "range" ? "`from` and `to`" : "`values`";
    wrong(
      `partition \`${name.value}\` of a ${strategy} needs ${form}`,
      "or `default: true` for all the rest",
      name.span,
    );
    return [];
  });
  if (itemsAt(tree, "partitions").length === 0) return wrong("`partitions` is empty", HELP[strategy]);
  return { kind: "declared", partitions };
};

const boundOf = (item: Tree, strategy: Partitioning["strategy"]): DeclaredPartition["bound"] | undefined => {
  if (typedScalar(valueAt(item, "default")) === true) return { kind: "default" };
  if (strategy === "range") {
    const [from, to] = [typedScalar(valueAt(item, "from")), typedScalar(valueAt(item, "to"))];
    return from === undefined || to === undefined ? undefined : { kind: "range", from, to };
  }
  const written = valueAt(item, "values");
  if (written === undefined) return undefined;
  const values = (written.kind === "list" ? written.items : [written]).map(typedScalar);
  return { kind: "list", values: values.flatMap((value) => (value === undefined ? [] : [value])) };
};
