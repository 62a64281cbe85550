/** From the arguments of a generic test as written to arguments that its kind takes, references resolved. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { TestArgument } from "../../domain/manifest.ts";
import type { Span } from "../../domain/source.ts";
import { plainOf, type Tree, type TreeEntry } from "../../domain/tree.ts";
import { locatedText } from "../../domain/tree-read.ts";
import { suggest } from "../../lib/suggest.ts";
import type { Resolve } from "./resolve.ts";
import { IMPLIED, type KindParameter } from "./test-kinds.ts";
import { calledReference, yamlReference } from "./yaml-reference.ts";

export type TestCall = {
  /** As written. */
  readonly kind: string;
  readonly at: Span;
  readonly written: readonly TreeEntry[];
  readonly parameters: readonly KindParameter[];
};

export const readArguments = (
  call: TestCall,
  resolve: Resolve,
  found: Diagnostic[],
): ReadonlyMap<string, TestArgument> => {
  const parameters = call.parameters.filter((p) => !IMPLIED.includes(p.name));
  const takes =
    parameters.length === 0
      ? `${call.kind} takes none`
      : `${call.kind} takes ${parameters.map((p) => p.name).join(", ")}`;
  const read = new Map<string, TestArgument>();
  for (const { key, value } of call.written) {
    const parameter = parameters.find((p) => p.name === key.value);
    if (parameter === undefined) {
      const near = suggest(
        key.value,
        parameters.map((p) => p.name),
      );
      const help = near === undefined ? takes : `did you mean \`${near}\`?`;
      found.push(
        errorOf("link/unknown-argument", `${call.kind} has no argument \`${key.value}\``, { at: key.span, help }),
      );
      continue;
    }
    const argument = readArgument(parameter, value, resolve, found);
    if (argument !== undefined) read.set(key.value, argument);
  }
  const missing = parameters.filter((p) => p.isRequired && !call.written.some((e) => e.key.value === p.name));
  for (const { name } of missing) {
    const help = `add \`arguments: { ${name}: … }\``;
    found.push(errorOf("link/missing-argument", `${call.kind} needs \`${name}\``, { at: call.at, help }));
  }
  return read;
};

const readArgument = (
  parameter: KindParameter,
  tree: Tree,
  resolve: Resolve,
  found: Diagnostic[],
): TestArgument | undefined => {
  const text = tree.kind === "scalar" && typeof tree.value === "string" ? locatedText(tree) : undefined;
  const reference =
    text === undefined ? undefined : parameter.type === "reference" ? yamlReference(text) : calledReference(text);
  if (reference !== undefined && (parameter.type === "reference" || parameter.type === "any")) {
    const node = resolve(reference.request, reference.span);
    if (node.ok) return { kind: "reference", node: node.value, span: reference.span };
    found.push(...node.diagnostics);
    return undefined;
  }
  if (fits(tree, parameter.type)) return { kind: "value", value: plainOf(tree), span: tree.span };
  const message = `\`${parameter.name}\` takes ${typeText(parameter.type)}`;
  found.push(errorOf("link/wrong-argument", message, { at: tree.span }));
  return undefined;
};

type Type = KindParameter["type"];

const typeText = (type: Type): string =>
  typeof type === "string" ? TYPE_TEXT[type] : `one of ${type.oneOf.join(", ")}`;

const TYPE_TEXT: Readonly<Record<Extract<Type, string>, string>> = {
  reference: "a reference: ref('x') or source('a', 'b')",
  column: "a column's name",
  columns: "a list of columns",
  expression: "an SQL expression",
  condition: "an SQL condition",
  text: "text",
  number: "a number",
  boolean: "true or false",
  values: "a list of values",
  any: "anything",
};

const fits = (tree: Tree, type: Type): boolean => {
  if (typeof type !== "string") return tree.kind === "scalar" && type.oneOf.includes(String(tree.value));
  switch (type) {
    case "any":
      return true;
    case "reference":
      return false;
    case "column":
    case "text":
      return tree.kind === "scalar" && typeof tree.value === "string";
    case "expression":
    case "condition":
      return tree.kind === "scalar" && tree.value !== null;
    case "number":
    case "boolean":
      return tree.kind === "scalar" && typeof tree.value === type;
    case "columns":
      return tree.kind === "list" && tree.items.every((i) => i.kind === "scalar" && typeof i.value === "string");
    case "values":
      return tree.kind === "list" && tree.items.every((i) => i.kind === "scalar");
  }
};
