/** What a YAML file or a template's header says, as a tree in which every key and value knows its place. */
import type { Located, Span } from "./source.ts";

export type Scalar = string | number | boolean | null;

export type Tree =
  | { readonly kind: "scalar"; readonly value: Scalar; readonly span: Span }
  | { readonly kind: "list"; readonly items: readonly Tree[]; readonly span: Span }
  | { readonly kind: "mapping"; readonly entries: readonly TreeEntry[]; readonly span: Span };

export type TreeEntry = { readonly key: Located<string>; readonly value: Tree };

export type PlainValue = Scalar | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** The tree without its places. */
export const plainOf = (tree: Tree): PlainValue => {
  if (tree.kind === "scalar") return tree.value;
  if (tree.kind === "list") return tree.items.map(plainOf);
  return Object.fromEntries(tree.entries.map((e) => [e.key.value, plainOf(e.value)]));
};

export const entryOf = (tree: Tree, key: string): TreeEntry | undefined =>
  tree.kind === "mapping" ? tree.entries.find((e) => e.key.value === key) : undefined;
