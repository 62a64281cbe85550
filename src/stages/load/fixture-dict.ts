/** From rows that stand in YAML as mappings to rows whose values are texts, as their types will read them. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { plainOf, type Tree } from "../../domain/tree.ts";
import type { CellValue, FixtureRow, WrittenFixture } from "../../domain/unit-test.ts";

export const dictRows = (
  { items, span }: Extract<Tree, { kind: "list" }>,
  found: Diagnostic[],
): WrittenFixture | undefined => {
  const before = found.length;
  const rows = items.map((item): FixtureRow => {
    if (item.kind === "mapping")
      return item.entries.map(({ key, value }) => ({ column: key, value: cellOf(value), span: value.span }));
    const help = 'a row is a mapping of columns to values: `- { id: 1, name: "Ada" }`';
    found.push(errorOf("load/bad-fixture", "this is no row", { at: item.span, help }));
    return [];
  });
  return found.length > before ? undefined : { kind: "rows", columns: [], rows, span };
};

const cellOf = (tree: Tree): CellValue => {
  if (tree.kind !== "scalar") return { structure: plainOf(tree) };
  const { value, span } = tree;
  if (value === null) return null;
  // As it was written: 1.10 is a numeric with two digits, and 12345678901234567890 is more than a number holds here.
  const written = span.file.text.slice(span.start, span.end);
  return typeof value === "number" && !written.includes("${") && written !== "" ? written : String(value);
};
