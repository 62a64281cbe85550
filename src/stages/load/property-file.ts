/** From a property file's tree to the properties of models, seeds, snapshots and sources that it holds, and its unit tests. */
import { checkEntries, checkMapping } from "../../domain/config-check.ts";
import type { PlaceName } from "../../domain/config-keys.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { NodeProperties, SnapshotProperties, SourceProperties } from "../../domain/project.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree, TreeEntry } from "../../domain/tree.ts";
import { entriesAt, itemsAt, plainTextAt, textAt } from "../../domain/tree-read.ts";
import type { UnitTestProperties } from "../../domain/unit-test.ts";
import type { FixtureFiles } from "./fixtures.ts";
import { readColumns, readConstraints } from "./property-columns.ts";
import { readDataTests } from "./property-tests.ts";
import { readUnitTest } from "./unit-tests.ts";

export type Properties = {
  readonly nodes: NodeProperties[];
  readonly snapshots: SnapshotProperties[];
  readonly sources: SourceProperties[];
  readonly unitTests: UnitTestProperties[];
};

/** What the file holds is added to `into`. */
export const readProperties = (
  tree: Tree,
  folders: readonly string[],
  fixtures: FixtureFiles,
  into: Properties,
  found: Diagnostic[],
): void => {
  found.push(...checkMapping(tree, "property file"));
  for (const entry of itemsAt(tree, "models")) readNode("model", entry, folders, into, found);
  for (const entry of itemsAt(tree, "seeds")) readNode("seed", entry, folders, into, found);
  for (const entry of itemsAt(tree, "snapshots")) readSnapshot(entry, folders, into, found);
  for (const entry of itemsAt(tree, "sources")) readSource(entry, folders, into, found);
  for (const entry of itemsAt(tree, "unit_tests")) {
    const test = readUnitTest(entry, folders, fixtures, found);
    if (test !== undefined) into.unitTests.push(test);
  }
};

const readNode = (
  kind: NodeProperties["kind"],
  tree: Tree,
  folders: readonly string[],
  into: Properties,
  found: Diagnostic[],
): void => {
  found.push(...checkMapping(tree, kind));
  const name = textAt(tree, "name");
  if (name === undefined) return;
  const place = kind === "model" ? "model config" : "seed config";
  into.nodes.push({ kind, name, folders, ...relationProperties(tree, place, found) });
};

const readSnapshot = (tree: Tree, folders: readonly string[], into: Properties, found: Diagnostic[]): void => {
  found.push(...checkMapping(tree, "snapshot"));
  const name = textAt(tree, "name");
  const watched = textAt(tree, "relation");
  if (name === undefined || watched === undefined) return;
  into.snapshots.push({ name, watched, folders, ...relationProperties(tree, "snapshot config", found) });
};

const relationProperties = (tree: Tree, place: PlaceName, found: Diagnostic[]) => {
  const read = readColumns(tree, found);
  return {
    description: plainTextAt(tree, "description"),
    config: configOf(tree, place, found),
    columns: read.columns,
    constraints: [...readConstraints(tree, undefined, found), ...read.constraints],
    dataTests: [...readDataTests(tree, undefined, [], found), ...read.dataTests],
  };
};

const readSource = (tree: Tree, folders: readonly string[], into: Properties, found: Diagnostic[]): void => {
  found.push(...checkMapping(tree, "source"));
  const source = textAt(tree, "name");
  if (source === undefined) return;
  const config = configOf(tree, "source config", found);
  for (const table of itemsAt(tree, "tables")) readTable(table, tree, source, config, folders, into, found);
};

const readTable = (
  tree: Tree,
  owner: Tree,
  source: Located<string>,
  config: readonly TreeEntry[],
  folders: readonly string[],
  into: Properties,
  found: Diagnostic[],
): void => {
  found.push(...checkMapping(tree, "source table"));
  const table = textAt(tree, "name");
  if (table === undefined) return;
  const read = readColumns(tree, found);
  into.sources.push({
    source,
    table,
    schema: textAt(owner, "schema")?.value ?? source.value,
    identifier: textAt(tree, "identifier")?.value ?? table.value,
    folders,
    description: plainTextAt(tree, "description") || plainTextAt(owner, "description"),
    config: [config, configOf(tree, "source config", found)],
    columns: read.columns,
    dataTests: [...readDataTests(tree, undefined, [], found), ...read.dataTests],
  });
};

/** Keys that dbt allows beside `config:` too. */
const BESIDE = ["tags", "meta", "enabled", "freshness", "loaded_at_field", "loaded_at_query"];

const configOf = (tree: Tree, place: PlaceName, found: Diagnostic[]): readonly TreeEntry[] => {
  const written = entriesAt(tree, "config");
  found.push(...checkEntries(written, place));
  const beside = tree.kind === "mapping" ? tree.entries.filter((e) => BESIDE.includes(e.key.value)) : [];
  return [...beside, ...written];
};
