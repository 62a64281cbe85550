/** From `data_tests:` (or `tests:`) of a property file to what each says: kind, arguments, config; the kind is not looked up. */
import { checkEntries } from "../../domain/config-check.ts";
import { TEST_CONFIG_KEYS } from "../../domain/config-keys.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { DataTestProperties } from "../../domain/project.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree, TreeEntry } from "../../domain/tree.ts";
import { entriesAt, entriesOf, itemsAt, locatedText, textAt } from "../../domain/tree-read.ts";

export const readDataTests = (
  owner: Tree,
  column: Located<string> | undefined,
  columnTags: readonly string[],
  found: Diagnostic[],
): readonly DataTestProperties[] =>
  [...itemsAt(owner, "data_tests"), ...itemsAt(owner, "tests")].flatMap((tree) => {
    const parts = partsOf(tree, found);
    return parts === undefined ? [] : dataTestOf(parts, column, columnTags, found);
  });

type Parts = { readonly kind: Located<string>; readonly entries: readonly TreeEntry[] };

/** `unique`, `unique: {…}`, or dbt's third form, in which `test_name:` stands among the rest. */
const partsOf = (tree: Tree, found: Diagnostic[]): Parts | undefined => {
  const word = tree.kind === "scalar" && typeof tree.value === "string" ? locatedText(tree) : undefined;
  if (word !== undefined) return { kind: word, entries: [] };
  if (tree.kind === "mapping") {
    const named = textAt(tree, "test_name");
    if (named !== undefined) return { kind: named, entries: tree.entries.filter((e) => e.key.value !== "test_name") };
    const first = tree.entries[0];
    // What stands beside the kind, as in `- unique:` with `config:` not indented, is meant to stand under it.
    if (first !== undefined) return { kind: first.key, entries: [...entriesOf(first.value), ...tree.entries.slice(1)] };
  }
  found.push(
    errorOf("load/test-form", "this is no data test", {
      at: tree.span,
      help: "write `- unique`, or `- accepted_values: { arguments: { values: [a, b] } }`",
    }),
  );
  return undefined;
};

const APART = ["name", "description", "arguments", "config"];

const dataTestOf = (
  { kind, entries }: Parts,
  column: Located<string> | undefined,
  columnTags: readonly string[],
  found: Diagnostic[],
): DataTestProperties => {
  const tree: Tree = { kind: "mapping", entries, span: kind.span };
  const isConfig = (e: TreeEntry): boolean => TEST_CONFIG_KEYS.includes(e.key.value);
  const flat = entries.filter((e) => !APART.includes(e.key.value));
  // Under `config:` wins over what stands flat, which wins over what stands under `arguments:`.
  const within = entriesAt(tree, "arguments");
  const config = [...within.filter(isConfig), ...flat.filter(isConfig), ...entriesAt(tree, "config")];
  found.push(
    ...checkEntries(
      entries.filter((e) => APART.includes(e.key.value)),
      "data test",
    ),
  );
  found.push(...checkEntries(config, "data test config"));
  return {
    kind,
    name: textAt(tree, "name"),
    description: textAt(tree, "description")?.value ?? "",
    arguments: [...within, ...flat].filter((e) => !isConfig(e)),
    config,
    column,
    columnTags,
    span: kind.span,
  };
};
