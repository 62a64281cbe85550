/** From a YAML text to a tree in which every key and value knows its place. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type SourceFile, wholeFile } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { readFullYaml } from "./full-yaml.ts";
import { jinjaIn } from "./jinja-in-yaml.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { mayHoldTemplates, templateValues } from "./template-values.ts";

/** What was wrong is pushed to `found`; an empty file is an empty mapping. */
export const readYaml = (file: SourceFile, found: Diagnostic[]): Tree | undefined => {
  const braces = jinjaIn(file);
  // Braces that are not quoted break YAML, with a message that helps nobody.
  if (braces.length > 0 && !mayHoldTemplates(file.text)) {
    found.push(...braces);
    return undefined;
  }
  try {
    const tree = readPlainYaml(file) ?? readFullYaml(file, found);
    if (braces.length === 0 || tree === undefined) return tree;
    const hooks = templateValues(tree);
    const outside = braces.filter(({ at }) => !hooks.some((h) => at && h.start <= at.start && at.end <= h.end));
    found.push(...outside);
    return outside.length > 0 ? undefined : tree;
  } catch (error) {
    // The stack is full: thousands of brackets in each other.
    if (!(error instanceof RangeError)) throw error;
    found.push(errorOf("load/yaml-syntax", `${file.path} nests too deeply`, { at: wholeFile(file) }));
    return undefined;
  }
};
