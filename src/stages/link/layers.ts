/** From layers of config, farthest first, to one: tags and hooks add up, `meta`, grants, settings and `failures` merge, the rest replaces. */
import { NODE_HOOK_KEYS } from "../../domain/hooks.ts";
import type { PlainValue, Tree, TreeEntry } from "../../domain/tree.ts";
import { entriesOf, locatedNames, plainMapping, typedScalar } from "../../domain/tree-read.ts";

export type Layer = readonly TreeEntry[];

export type MergedConfig = {
  /** By key, the entry that won; what does not replace stands apart. */
  readonly entries: ReadonlyMap<string, TreeEntry>;
  readonly tags: readonly string[];
  readonly meta: { readonly [key: string]: PlainValue };
  readonly preHooks: readonly Tree[];
  readonly postHooks: readonly Tree[];
  /** As written, for what is nearer may add to what is farther. */
  readonly grants: readonly Tree[];
  /** By name, the entry that won. */
  readonly settings: ReadonlyMap<string, TreeEntry>;
};

const PRE: readonly string[] = NODE_HOOK_KEYS.pre;
const POST: readonly string[] = NODE_HOOK_KEYS.post;

export const mergeLayers = (layers: readonly Layer[]): MergedConfig => {
  const entries = new Map<string, TreeEntry>();
  const tags = new Set<string>();
  let meta: { readonly [key: string]: PlainValue } = {};
  const preHooks: Tree[] = [];
  const postHooks: Tree[] = [];
  const grants: Tree[] = [];
  const settings = new Map<string, TreeEntry>();
  for (const layer of layers) {
    for (const entry of layer) {
      const name = entry.key.value;
      if (name === "tags") for (const tag of locatedNames(entry.value)) tags.add(tag.value);
      else if (name === "meta") meta = { ...meta, ...plainMapping(entry.value) };
      else if (PRE.includes(name)) preHooks.push(entry.value);
      else if (POST.includes(name)) postHooks.push(entry.value);
      else if (name === "grants") grants.push(entry.value);
      else if (name === "settings")
        for (const setting of entriesOf(entry.value)) settings.set(setting.key.value.toLowerCase(), setting);
      else if (name === "failures") entries.set(name, mergedOver(entries.get(name), entry));
      else if (STORING.includes(name)) setIfAny(entries, "failures", storing(entries.get("failures"), entry));
      else entries.set(name, entry);
    }
  }
  return { entries, tags: [...tags], meta, preHooks, postHooks, grants, settings };
};

/** dbt's words for `failures: { store: … }`, in the layer that says them. */
const STORING = ["store_failures", "store_failures_as"];

const storing = (farther: TreeEntry | undefined, { key, value }: TreeEntry): TreeEntry | undefined => {
  const said = typedScalar(value);
  if (said === false || said === "ephemeral") {
    const { span } = value;
    const none: TreeEntry = { key: { value: "store", span: key.span }, value: { kind: "scalar", value: 0, span } };
    const nearer = {
      key: { value: "failures", span: key.span },
      value: { kind: "mapping", entries: [none], span },
    } as const;
    return mergedOver(farther, nearer);
  }
  // As many as by default, where a farther layer stores none.
  if (farther?.value.kind !== "mapping") return farther;
  const isNone = (entry: TreeEntry): boolean => entry.key.value === "store" && typedScalar(entry.value) === 0;
  return { ...farther, value: { ...farther.value, entries: farther.value.entries.filter((e) => !isNone(e)) } };
};

const setIfAny = (entries: Map<string, TreeEntry>, name: string, entry: TreeEntry | undefined): void => {
  if (entry !== undefined) entries.set(name, entry);
};

const mergedOver = (farther: TreeEntry | undefined, nearer: TreeEntry): TreeEntry => {
  if (farther?.value.kind !== "mapping" || nearer.value.kind !== "mapping") return nearer;
  const { entries } = nearer.value;
  const kept = farther.value.entries.filter((e) => !entries.some((own) => own.key.value === e.key.value));
  return { key: nearer.key, value: { ...nearer.value, entries: [...kept, ...entries] } };
};

export const mergedValue = (config: MergedConfig, key: string): Tree | undefined => config.entries.get(key)?.value;

export const mergedBoolean = (config: MergedConfig, key: string, otherwise: boolean): boolean => {
  const value = typedScalar(mergedValue(config, key));
  return typeof value === "boolean" ? value : otherwise;
};

export const mergedNames = (config: MergedConfig, key: string): readonly string[] =>
  locatedNames(mergedValue(config, key)).map((n) => n.value);
