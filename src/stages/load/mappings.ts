/** From the paths of `ingest/` to the mappings that they hold, each name once, each seed's file there. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { IngestMapping } from "../../domain/ingest.ts";
import { suggest } from "../../lib/suggest.ts";
import { readMapping } from "./ingest-mapping.ts";
import { type Interpolation, interpolate } from "./interpolate.ts";
import type { ProjectFiles } from "./list-files.ts";
import { readSource } from "./read-file.ts";
import { readYaml } from "./read-yaml.ts";

export const readMappings = (
  root: string,
  files: ProjectFiles,
  scope: Interpolation,
  found: Diagnostic[],
): readonly IngestMapping[] => {
  const mappings = new Map<string, IngestMapping>();
  for (const path of files.mappings) {
    const file = readSource(root, path, found);
    const tree = file && readYaml(file, found);
    const mapping = tree && readMapping(interpolate(tree, scope, found), found);
    if (mapping === undefined) continue;
    const first = mappings.get(mapping.name);
    if (first === undefined) mappings.set(mapping.name, mapping);
    else {
      const notes = [{ message: "first here", at: first.span }];
      const message = `two mappings are named \`${mapping.name}\``;
      found.push(errorOf("load/duplicate-entry", message, { at: mapping.span, notes }));
    }
    found.push(...fileWrong(mapping, files.seeds));
  }
  return [...mappings.values()];
};

const fileWrong = ({ path }: IngestMapping, seeds: readonly string[]): readonly Diagnostic[] => {
  if (path === undefined || seeds.includes(path.value)) return [];
  const near = suggest(path.value, seeds);
  const isOutside = !path.value.startsWith("seeds/");
  const message = isOutside ? "a mapping's `path` names a file in seeds/" : `there is no file ${path.value}`;
  const otherwise = isOutside ? "leave `path` out to give the file on the command line" : undefined;
  const help = near === undefined ? otherwise : `did you mean ${near}?`;
  return [errorOf("load/missing-file", message, { at: path.span, help })];
};
