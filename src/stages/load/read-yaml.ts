/** From a YAML text to a tree in which every key and value knows its place. */
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { SourceFile } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { readFullYaml } from "./full-yaml.ts";
import { jinjaIn } from "./jinja-in-yaml.ts";
import { readPlainYaml } from "./plain-yaml.ts";

/** What was wrong is pushed to `found`; an empty file is an empty mapping. */
export const readYaml = (file: SourceFile, found: Diagnostic[]): Tree | undefined => {
  const jinja = jinjaIn(file);
  if (jinja.length > 0) {
    found.push(...jinja);
    return undefined;
  }
  return readPlainYaml(file) ?? readFullYaml(file, found);
};
