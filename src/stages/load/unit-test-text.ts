/** The text of a property file that is not on disk yet in, its unit tests out: read as any other. */
import { type Diagnostic, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import type { SourceFile } from "../../domain/source.ts";
import type { UnitTestProperties } from "../../domain/unit-test.ts";
import { type Properties, readProperties } from "./property-file.ts";
import { readYaml } from "./read-yaml.ts";

/** `folders`: those below models/. */
export const readUnitTestText = (
  file: SourceFile,
  folders: readonly string[],
  root: string,
): Outcome<readonly UnitTestProperties[]> => {
  const found: Diagnostic[] = [];
  const into: Properties = { nodes: [], snapshots: [], sources: [], unitTests: [] };
  const tree = readYaml(file, found);
  if (tree !== undefined) readProperties(tree, folders, { root, paths: [], seeds: [] }, into, found);
  return outcomeOf(() => into.unitTests, found);
};
