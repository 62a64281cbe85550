/** From a source's config to what of it is known when. */
import type { Availability, EventParent } from "../../domain/availability.ts";
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { readKnown } from "../../domain/known-read.ts";
import type { Span } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { locatedNames, locatedText, valueAt } from "../../domain/tree-read.ts";
import { type MergedConfig, mergedBoolean, mergedValue } from "./layers.ts";

export const readAvailability = (merged: MergedConfig, found: Diagnostic[]): Availability => {
  const written = (name: string): Tree | undefined => mergedValue(merged, name);
  const isConstant = mergedBoolean(merged, "constant", false);
  const rows = readKnown("rows_known", written, found);
  const columns = readKnown("columns_known", written, found);
  const said = rows?.span ?? columns?.span;
  if (isConstant && said !== undefined)
    found.push(wrong("a constant source is always known", said, "take `constant` away, or what is known when"));
  return { parent: parentOf(written("event_time"), found), isConstant, rows, columns };
};

const parentOf = (tree: Tree | undefined, found: Diagnostic[]): EventParent | undefined => {
  if (tree?.kind !== "mapping") return undefined;
  found.push(...checkMapping(tree, "event parent"));
  const table = locatedText(valueAt(tree, "from"));
  const on = columnsOf(valueAt(tree, "on"));
  if (table !== undefined && on.length > 0) return { table, on };
  found.push(wrong("`event_time` needs `from` and `on`", tree.span, "for example `{ from: matches, on: game_id }`"));
  return undefined;
};

/** One name, several, or pairs of the own column and the parent's. */
const columnsOf = (tree: Tree | undefined): EventParent["on"] => {
  if (tree?.kind !== "mapping") return locatedNames(tree).map(({ value }) => ({ own: value, parent: value }));
  return tree.entries.flatMap(({ key, value }) => {
    const parent = locatedText(value)?.value;
    return parent === undefined ? [] : [{ own: key.value, parent }];
  });
};

const wrong = (message: string, at: Span | undefined, help: string): Diagnostic =>
  errorOf("config/bad-known", message, { at, help });
