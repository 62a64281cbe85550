/** From `models:` of project.yml, and its like, to config by folder. */
import { checkEntries, isKnownKey } from "../../domain/config-check.ts";
import type { PlaceName } from "../../domain/config-keys.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type FolderConfig, noConfig } from "../../domain/project.ts";
import type { Tree, TreeEntry } from "../../domain/tree.ts";
import { entriesOf } from "../../domain/tree-read.ts";
import { suggest } from "../../lib/suggest.ts";

/** Paths that config may be given for: every folder, and every node by its name. */
export type KnownPaths = {
  readonly isKnown: (path: readonly string[]) => boolean;
  readonly below: (path: readonly string[]) => readonly string[];
};

export const knownPaths = (fqns: Iterable<readonly string[]>): KnownPaths => {
  const children = new Map<string, Set<string>>();
  for (const fqn of fqns) {
    for (const [i, part] of fqn.entries()) {
      const above = fqn.slice(0, i).join("/");
      const names = children.get(above) ?? new Set();
      children.set(above, names.add(part));
    }
  }
  const below = (path: readonly string[]) => [...(children.get(path.join("/")) ?? [])];
  return { below, isKnown: (path) => below(path.slice(0, -1)).includes(path.at(-1) ?? "") };
};

export type FolderRules = { readonly place: PlaceName; readonly paths: KnownPaths; readonly projectName: string };

export const folderConfig = (tree: Tree | undefined, rules: FolderRules, found: Diagnostic[]): FolderConfig =>
  tree === undefined ? noConfig : levelOf(entriesOf(tree), [], rules, found);

const levelOf = (
  entries: readonly TreeEntry[],
  path: readonly string[],
  rules: FolderRules,
  found: Diagnostic[],
): FolderConfig => {
  const config: TreeEntry[] = [];
  const folders = new Map<string, FolderConfig>();
  for (const entry of entries) {
    const name = entry.key.value;
    const here = [...path, name];
    if (name.startsWith("+")) config.push(withoutPlus(entry));
    else if (rules.paths.isKnown(here)) folders.set(name, levelOf(entriesOf(entry.value), here, rules, found));
    else if (isKnownKey(name, rules.place)) config.push(entry);
    else if (path.length === 0 && name === rules.projectName) {
      // dbt's extra level: nearer than the bare one, so it comes later and wins.
      const inner = levelOf(entriesOf(entry.value), [], rules, found);
      config.push(...inner.config);
      for (const [folder, below] of inner.folders) folders.set(folder, below);
    } else found.push(unknownFolder(entry, path, rules));
  }
  found.push(...checkEntries(config, rules.place));
  return { config, folders };
};

const withoutPlus = ({ key, value }: TreeEntry): TreeEntry => ({
  key: { value: key.value.slice(1), span: { ...key.span, start: key.span.start + 1 } },
  value,
});

const unknownFolder = ({ key, value }: TreeEntry, path: readonly string[], rules: FolderRules): Diagnostic => {
  const names = rules.paths.below(path);
  const near = suggest(key.value, names);
  const where = path.length === 0 ? "" : ` in ${path.join("/")}`;
  const help =
    near !== undefined
      ? `did you mean \`${near}\`?`
      : value.kind === "mapping"
        ? "config of a folder needs the folder; config of the project's nodes is written `+key`"
        : undefined;
  return errorOf("load/unknown-folder", `\`${key.value}\` is no folder${where} and no config`, { at: key.span, help });
};
