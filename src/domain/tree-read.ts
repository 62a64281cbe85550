/** Reads single values out of a tree whose shape was checked before: what has the wrong type reads as absent. */
import type { Located } from "./source.ts";
import { entryOf, type PlainValue, plainOf, type Scalar, type Tree, type TreeEntry } from "./tree.ts";

export const valueAt = (tree: Tree, key: string): Tree | undefined => entryOf(tree, key)?.value;

/** Text; numbers and booleans read as they are printed, because SQL may be written without quotes. */
export const locatedText = (tree: Tree | undefined): Located<string> | undefined =>
  tree?.kind === "scalar" && tree.value !== null ? { value: String(tree.value), span: tree.span } : undefined;

/** What comes from the environment is text, so a number or a boolean is read out of it. */
export const typedScalar = (tree: Tree | undefined): Scalar | undefined => {
  if (tree?.kind !== "scalar") return undefined;
  const { value, span } = tree;
  if (typeof value !== "string" || !span.file.text.slice(span.start, span.end).includes("${")) return value;
  if (value === "true" || value === "false") return value === "true";
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(value) ? Number(value) : value;
};

export const textAt = (tree: Tree, key: string): Located<string> | undefined => locatedText(valueAt(tree, key));

export const plainTextAt = (tree: Tree, key: string): string => textAt(tree, key)?.value ?? "";

/** One name or a list of names. */
export const locatedNames = (tree: Tree | undefined): readonly Located<string>[] => {
  const items = tree?.kind === "list" ? tree.items : [tree];
  return items.flatMap((item) => locatedText(item) ?? []);
};

export const namesAt = (tree: Tree, key: string): readonly Located<string>[] => locatedNames(valueAt(tree, key));

export const itemsAt = (tree: Tree, key: string): readonly Tree[] => {
  const value = valueAt(tree, key);
  return value?.kind === "list" ? value.items : [];
};

export const entriesAt = (tree: Tree, key: string): readonly TreeEntry[] => entriesOf(valueAt(tree, key));

export const entriesOf = (tree: Tree | undefined): readonly TreeEntry[] =>
  tree?.kind === "mapping" ? tree.entries : [];

export const plainMapping = (tree: Tree | undefined): { readonly [key: string]: PlainValue } =>
  Object.fromEntries(entriesOf(tree).map((e) => [e.key.value, plainOf(e.value)]));
