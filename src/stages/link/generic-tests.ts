/** From a data test as a property file says it to its node; what it refers to comes along. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { DataTestNode, TestArgument } from "../../domain/manifest.ts";
import { type NodeId, nodeId } from "../../domain/names.ts";
import { type DataTestProperties, type FolderConfig, folderLayers } from "../../domain/project.ts";
import type { Rendered } from "../../domain/rendered.ts";
import type { Located, Span } from "../../domain/source.ts";
import { type PlainValue, plainOf, type TreeEntry } from "../../domain/tree.ts";
import { locatedText } from "../../domain/tree-read.ts";
import { evaluate, type Scope } from "../../template/evaluate.ts";
import { dataTestConfig } from "./configs.ts";
import { mergeLayers } from "./layers.ts";
import { readArguments } from "./test-arguments.ts";
import type { TestKind, TestKinds } from "./test-kinds.ts";
import { testName } from "./test-names.ts";
import { unknownKind } from "./unknown-kind.ts";

/** The node that is judged. */
export type Tested = {
  readonly id: NodeId;
  /** As it stands in names of tests. */
  readonly name: string;
  readonly isSource: boolean;
  readonly folders: readonly string[];
};

export type TestContext = {
  readonly projectName: string;
  readonly folders: FolderConfig;
  readonly kinds: TestKinds;
  readonly scope: Scope;
};

export type LinkedTest = { readonly node: DataTestNode; readonly references: readonly Located<NodeId>[] };

/** Undefined where something was wrong, which was pushed to `found`. */
export const linkGenericTest = (
  written: DataTestProperties,
  tested: Tested,
  context: TestContext,
  found: Diagnostic[],
): LinkedTest | undefined => {
  const kind = context.kinds.find(written.kind.value);
  if (kind === undefined) {
    found.push(unknownKind(written.kind, context.kinds));
    return undefined;
  }
  const before = found.length;
  const column = columnOf(written);
  if (kind.kind === "known" && kind.test.isColumnTest && column === undefined) {
    const help = "put it under a column, or add `column_name`";
    found.push(errorOf("link/missing-argument", `${written.kind.value} needs a column`, { at: written.span, help }));
  }
  const given = written.arguments.filter((e) => e.key.value !== "column_name");
  const call = { kind: written.kind.value, at: written.span, written: given, parameters: kind.parameters };
  const values = readArguments(call, context.scope.resolve, found);
  const refusal =
    kind.kind === "known" && found.length === before
      ? kind.test.refuses(values, tested.isSource ? "source" : "node")
      : undefined;
  if (refusal !== undefined)
    found.push(errorOf("link/wrong-argument", `${written.kind.value} ${refusal}`, { at: written.span }));
  const name = written.name?.value ?? generatedName(written, tested, column, given);
  const merged = mergeLayers([
    ...folderLayers(context.folders, [...tested.folders, name]),
    written.columnTags.length === 0 ? [] : [tagsEntry(written)],
    written.config,
  ]);
  const config = dataTestConfig(merged, written.span.file, found);
  if (found.slice(before).some((d) => d.severity === "error")) return undefined;
  const kindName = kind.kind === "known" ? kind.test.name : kind.name;
  const body = kind.kind === "own" ? ownBody(kind, written.span, tested, column, values, context, found) : undefined;
  if (kind.kind === "own" && body === undefined) return undefined;
  const references = body?.references ?? referencesOf(values);
  return {
    references: [{ value: tested.id, span: written.span }, ...references],
    node: {
      kind: "data-test",
      id: nodeId(`test.${context.projectName}.${name}`),
      name,
      path: written.span.file.path,
      fqn: [...tested.folders, name],
      tags: config.tags,
      description: written.description,
      at: written.name?.span ?? written.span,
      config,
      attachedTo: tested.id,
      column: column?.value,
      test:
        body !== undefined
          ? { kind: "query", name: kindName, body }
          : { kind: "generic", name: kindName, arguments: values },
    },
  };
};

/** Where a test of the whole relation names a column. */
const columnOf = (written: DataTestProperties): Located<string> | undefined =>
  written.column ?? locatedText(written.arguments.find((e) => e.key.value === "column_name")?.value);

const generatedName = (
  { kind }: DataTestProperties,
  tested: Tested,
  column: Located<string> | undefined,
  given: readonly TreeEntry[],
): string => {
  const named: Record<string, PlainValue> = {};
  for (const { key, value } of given) named[key.value] = plainOf(value);
  if (column !== undefined) named["column_name"] = column.value;
  return testName({ kind: kind.value, of: tested.name, isOfSource: tested.isSource, arguments: named });
};

const tagsEntry = ({ columnTags, span }: DataTestProperties): TreeEntry => ({
  key: { value: "tags", span },
  value: { kind: "list", items: columnTags.map((value) => ({ kind: "scalar", value, span })), span },
});

const referencesOf = (values: ReadonlyMap<string, TestArgument>): readonly Located<NodeId>[] =>
  [...values.values()].flatMap((a) => (a.kind === "reference" ? { value: a.node, span: a.span } : []));

/** An own test gets the tested node as `model` and its column as `column`, as far as it declares them. */
const ownBody = (
  { template, parameters }: Extract<TestKind, { kind: "own" }>,
  at: Span,
  tested: Tested,
  column: Located<string> | undefined,
  given: ReadonlyMap<string, TestArgument>,
  { scope }: TestContext,
  found: Diagnostic[],
): Rendered | undefined => {
  const values = new Map(given);
  const declared = new Set(parameters.map((p) => p.name));
  if (declared.has("model")) values.set("model", { kind: "reference", node: tested.id, span: at });
  for (const name of ["column", "column_name"])
    if (declared.has(name) && column !== undefined)
      values.set(name, { kind: "value", value: column.value, span: column.span });
  const result = evaluate(template, { ...scope, parameters: { at, values } });
  found.push(...(result.ok ? result.warnings : result.diagnostics));
  return result.ok ? { pieces: result.value.pieces, references: result.value.references } : undefined;
};
