/** Between what is recorded of tests and the project as it is now: names, what is selected, what has become personal since. */

import type { Cells, ComparedRow, ComparedTest } from "../domain/found-failures.ts";
import { isBuilt, isTest, type Manifest } from "../domain/manifest.ts";
import { type NodeId, nodeId } from "../domain/names.ts";
import { MASK } from "../domain/personal.ts";
import { placeOf } from "../domain/show-diagnostic.ts";
import { subjectsIn } from "../domain/test-subject.ts";
import type { StoredRow } from "../stages/failures/compare.ts";

/** `test.shop.unique_orders_id` → `unique_orders_id` */
export const shortName = (test: string): string => test.split(".").slice(2).join(".");

/** Selected tests, and the constraints and indexes of selected nodes, which count as tests when they are violated. */
export const selectedTests = (manifest: Manifest, nodes: readonly NodeId[]): ((test: string) => boolean) => {
  const wanted = new Set<string>(nodes);
  for (const id of nodes) {
    const node = manifest.nodes.get(id);
    if (node === undefined || !isBuilt(node)) continue;
    for (const { name } of [...node.constraints, ...node.config.indexes])
      wanted.add(`test.${manifest.projectName}.${name}`);
  }
  return (test) => wanted.has(test);
};

/** A column may have been marked only after its rows were stored. */
export const masked = (rows: readonly StoredRow[], personal: ReadonlySet<string>): readonly StoredRow[] => {
  if (personal.size === 0) return rows;
  const cells = (all: Cells): Cells =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, value !== null && personal.has(name) ? MASK : value]),
    );
  return rows.map(({ identity, key, row }) => ({ identity, key: key && cells(key), row: cells(row) }));
};

type TestNow = Pick<ComparedTest, "name" | "at" | "owner"> & {
  readonly personal: ReadonlySet<string>;
  /** Columns in the order in which a reader wants them, as far as that is known. */
  readonly order: readonly string[];
};

/** A violated constraint is a test that no node is: of it there is only its name. */
export const testsNow = (manifest: Manifest): ((test: string) => TestNow) => {
  const subjectOf = subjectsIn(manifest, "as configured");
  return (test) => {
    const node = manifest.nodes.get(nodeId(test));
    const own = node?.kind === "data-test" ? node : undefined;
    const judged = own?.attachedTo === undefined ? undefined : manifest.nodes.get(own.attachedTo);
    const { key, personal, owner } = subjectOf(nodeId(test), own?.attachedTo);
    const declared = judged === undefined || isTest(judged) ? [] : judged.columns.map((c) => c.name);
    return {
      name: shortName(test),
      at: own && placeOf(own.at),
      owner,
      personal,
      order: [...key, ...(own?.column === undefined ? [] : [own.column]), ...declared],
    };
  };
};

export const columnsOf = (found: readonly ComparedRow[], order: readonly string[]): readonly string[] => {
  const names = new Set(found.flatMap(({ key, row }) => [...Object.keys(key ?? {}), ...Object.keys(row)]));
  return [...new Set([...order.filter((name) => names.has(name)), ...names])];
};
