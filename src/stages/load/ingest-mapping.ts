/** From a file of `ingest/` to the mapping that it holds. */
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { IngestMapping, IngestStep } from "../../domain/ingest.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { entriesAt, itemsAt, locatedText, namesAt, textAt, valueAt } from "../../domain/tree-read.ts";

export const readMapping = (tree: Tree, found: Diagnostic[]): IngestMapping | undefined => {
  const before = found.length;
  found.push(...checkMapping(tree, "mapping"));
  const file = valueAt(tree, "file");
  if (file !== undefined) found.push(...checkMapping(file, "mapping file"));
  const steps = itemsAt(tree, "steps").flatMap((step) => readStep(step, found) ?? []);
  const name = textAt(tree, "ingest");
  if (name !== undefined && itemsAt(tree, "steps").length === 0 && valueAt(tree, "steps") !== undefined)
    found.push(errorOf("load/mapping-form", `mapping \`${name.value}\` has no step`, { at: name.span }));
  const delimiter = file && textAt(file, "delimiter");
  if (delimiter !== undefined) found.push(...delimiterWrong(delimiter));
  if (name === undefined || file === undefined || hasErrors(found, before)) return undefined;
  const nulls = valueAt(file, "null");
  return {
    name: name.value,
    format: "csv",
    delimiter: delimiter?.value ?? ",",
    nullTexts: nulls === undefined ? [""] : namesAt(file, "null").map((n) => n.value),
    path: textAt(file, "path"),
    steps,
    span: name.span,
  };
};

const hasErrors = (found: readonly Diagnostic[], from: number): boolean =>
  found.slice(from).some((d) => d.severity === "error");

const readStep = (tree: Tree, found: Diagnostic[]): IngestStep | undefined => {
  const before = found.length;
  found.push(...checkMapping(tree, "mapping step"));
  if (hasErrors(found, before)) return undefined;
  const into = textAt(tree, "into");
  const [schema, name, ...rest] = into?.value.split(".") ?? [];
  if (into === undefined || !schema || !name || rest.length > 0) {
    found.push(errorOf("load/mapping-form", "`into` is written schema.table", { at: into?.span ?? tree.span }));
    return undefined;
  }
  const columns = entriesAt(tree, "columns").flatMap(({ key, value }) => {
    const expression = locatedText(value);
    if (expression !== undefined) return { name: key, expression };
    const help = "write `null` in quotes for SQL's NULL";
    found.push(
      errorOf("load/mapping-form", `column \`${key.value}\` takes an SQL expression`, { at: value.span, help }),
    );
    return [];
  });
  const key = namesAt(tree, "key");
  const update = valueAt(tree, "update");
  const named: readonly Located<string>[] = [...key, ...namesAt(tree, "update")];
  found.push(
    ...named.flatMap((n) =>
      unknownColumn(
        n,
        columns.map((c) => c.name.value),
      ),
    ),
  );
  if (hasErrors(found, before)) return undefined;
  return {
    into: { schema, name },
    intoSpan: into.span,
    key,
    columns,
    update: update === undefined ? undefined : namesAt(tree, "update"),
    where: textAt(tree, "where"),
    reject: entriesAt(tree, "reject").flatMap(({ key: reason, value }) => {
      const condition = locatedText(value);
      return condition === undefined ? [] : { reason: reason.value, condition };
    }),
    span: tree.span,
  };
};

const unknownColumn = (name: Located<string>, columns: readonly string[]): readonly Diagnostic[] =>
  columns.includes(name.value)
    ? []
    : [
        errorOf("load/mapping-form", `\`${name.value}\` is none of the step's columns`, {
          at: name.span,
          help: `it maps ${columns.join(", ")}`,
        }),
      ];

const delimiterWrong = ({ value, span }: Located<string>): readonly Diagnostic[] =>
  value.length === 1 && !['"', "\n", "\r"].includes(value)
    ? []
    : [errorOf("load/mapping-form", "`delimiter` is one character, and no quote", { at: span })];
