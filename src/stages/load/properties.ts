/** From the paths of all property files to the properties that they hold. */
import type { Diagnostic } from "../../domain/diagnostic.ts";
import { type Interpolation, interpolate } from "./interpolate.ts";
import { type ProjectFiles, placeInFolders } from "./list-files.ts";
import { type Properties, readProperties } from "./property-file.ts";
import { readSource } from "./read-file.ts";
import { readYaml } from "./read-yaml.ts";

export const readAllProperties = (
  root: string,
  files: Pick<ProjectFiles, "properties" | "fixtures" | "seeds">,
  scope: Interpolation,
  found: Diagnostic[],
): Properties => {
  const properties: Properties = { nodes: [], snapshots: [], sources: [], unitTests: [] };
  const fixtures = { root, paths: files.fixtures, seeds: files.seeds };
  for (const path of files.properties) {
    const file = readSource(root, path, found);
    const tree = file && readYaml(file, found);
    if (tree === undefined) continue;
    readProperties(interpolate(tree, scope, found), placeInFolders(path, "").folders, fixtures, properties, found);
  }
  return properties;
};
