/** From a YAML text to a tree in which every key and value knows its place. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type SourceFile, wholeFile } from "../../domain/source.ts";
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
  try {
    return readPlainYaml(file) ?? readFullYaml(file, found);
  } catch (error) {
    // The stack is full: thousands of brackets in each other.
    if (!(error instanceof RangeError)) throw error;
    found.push(errorOf("load/yaml-syntax", `${file.path} nests too deeply`, { at: wholeFile(file) }));
    return undefined;
  }
};
