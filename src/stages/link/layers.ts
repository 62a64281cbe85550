/** From layers of config, farthest first, to one: tags add up, `meta` merges, the rest replaces. */
import type { PlainValue, Tree, TreeEntry } from "../../domain/tree.ts";
import { locatedNames, plainMapping, typedScalar } from "../../domain/tree-read.ts";

export type Layer = readonly TreeEntry[];

export type MergedConfig = {
  /** By key, the entry that won; `tags` and `meta` stand apart. */
  readonly entries: ReadonlyMap<string, TreeEntry>;
  readonly tags: readonly string[];
  readonly meta: { readonly [key: string]: PlainValue };
};

export const mergeLayers = (layers: readonly Layer[]): MergedConfig => {
  const entries = new Map<string, TreeEntry>();
  const tags = new Set<string>();
  let meta: { readonly [key: string]: PlainValue } = {};
  for (const layer of layers) {
    for (const entry of layer) {
      const name = entry.key.value;
      if (name === "tags") for (const tag of locatedNames(entry.value)) tags.add(tag.value);
      else if (name === "meta") meta = { ...meta, ...plainMapping(entry.value) };
      else entries.set(name, entry);
    }
  }
  return { entries, tags: [...tags], meta };
};

export const mergedValue = (config: MergedConfig, key: string): Tree | undefined => config.entries.get(key)?.value;

export const mergedBoolean = (config: MergedConfig, key: string, otherwise: boolean): boolean => {
  const value = typedScalar(mergedValue(config, key));
  return typeof value === "boolean" ? value : otherwise;
};

export const mergedNames = (config: MergedConfig, key: string): readonly string[] =>
  locatedNames(mergedValue(config, key)).map((n) => n.value);
