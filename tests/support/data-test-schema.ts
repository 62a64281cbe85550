/** From the kinds of data tests to the JSON schema of an entry of `data_tests:`. */
import type { DataTest, Parameter } from "../../src/domain/contracts/data-test.ts";
import { dataTests } from "../../src/plugins/data-tests/index.ts";
import { PREFIXES } from "../../src/stages/link/test-kinds.ts";
import { placeKeywords, propertiesOf, ref, SCALARS, type Schema, typed } from "./key-schemas.ts";

const kinds = [...dataTests.values()];
const kindsOf = (some: readonly DataTest[]): string => some.map(({ name }) => name).join("|");
const prefixed = `^(?:${PREFIXES.join("|").replaceAll(".", "\\.")})`;

/** The kind alone, or a mapping: the kind with what it takes, or `test_name:` among the rest. */
export const dataTestSchema = (): Schema => {
  const alone = kinds.filter(({ parameters }) => !parameters.some((p) => p.isRequired));
  return {
    anyOf: [
      { enum: alone.map(({ name }) => name) },
      // An own kind is called by the name of its file.
      { type: "string", pattern: `^[^.]+$|${prefixed}(?:${kindsOf(alone)})$` },
      { type: "object", minProperties: 1, ...callsByKind() },
    ],
  };
};

const callsByKind = (): Schema => ({
  ...placeKeywords("data test"),
  properties: {
    ...Object.fromEntries(kinds.map(({ name, description }) => [name, { description, allOf: [ref(`kind ${name}`)] }])),
    ...propertiesOf("data test"),
  },
  patternProperties: {
    ...Object.fromEntries(kinds.map(({ name }) => [`${prefixed}${name}$`, ref(`kind ${name}`)])),
    [`${prefixed}(?!(?:${kindsOf(kinds)})$)`]: false,
  },
  additionalProperties: ref("own kind"),
});

/** Under a kind of the project's own; beside one, a bare argument. */
export const ownKindSchema = (): Schema => ({ properties: besideArguments() });

const besideArguments = (): Readonly<Record<string, Schema>> => {
  const { test_name: _, ...beside } = propertiesOf("data test");
  return beside;
};

/** What stands beside the arguments of every kind is defined once: there are many kinds. */
export const BESIDE: Readonly<Record<string, () => Schema>> = {
  "beside arguments": () => {
    const { arguments: _, ...beside } = besideArguments();
    return { properties: beside };
  },
  "beside arguments names": () => ({ enum: Object.keys(besideArguments()) }),
  "among arguments": () => ({ properties: propertiesOf("data test config") }),
  "among arguments names": () => ({ enum: Object.keys(propertiesOf("data test config")) }),
};

/** Arguments stand under `arguments:` or flat; config may stand among them. */
export const kindSchema = ({ name, description, parameters }: DataTest): Schema => {
  const taken = ref(`arguments of ${name}`);
  const names = { enum: [...parameters.map((p) => p.name), "column_name"] };
  const needed = parameters.filter((p) => p.isRequired).map((p) => neededSchema(p.name));
  const { arguments: under } = besideArguments();
  return {
    description,
    ...typed("object", "null"),
    allOf: [taken, ref("beside arguments")],
    properties: {
      arguments: {
        ...under,
        allOf: [taken, ref("among arguments")],
        propertyNames: { anyOf: [names, ref("among arguments names")] },
      },
    },
    propertyNames: { anyOf: [names, ref("beside arguments names")] },
    // biome-ignore lint/suspicious/noThenProperty: JSON schema's word
    ...(needed.length === 0 ? {} : { if: { type: "object" }, then: { allOf: needed } }),
  };
};

export const argumentsSchema = ({ parameters }: DataTest): Schema => ({
  properties: {
    ...Object.fromEntries(parameters.map((p) => [p.name, parameterSchema(p)])),
    column_name: { description: "The column, for a test of the whole relation.", type: "string" },
  },
});

const neededSchema = (name: string): Schema => ({
  anyOf: [{ required: [name] }, { properties: { arguments: { required: [name] } }, required: ["arguments"] }],
});

const parameterSchema = ({ type, description }: Parameter): Schema => ({ description, ...ofType(type) });

const ofType = (type: Parameter["type"]): Schema => {
  if (typeof type !== "string") return { enum: type.oneOf };
  switch (type) {
    case "reference":
    case "column":
    case "text":
      return { type: "string" };
    case "condition":
    case "expression":
      return { type: SCALARS };
    case "number":
    case "boolean":
      return typed(type);
    case "columns":
      return { ...typed("array"), items: { type: "string" } };
    case "values":
      return { ...typed("array"), items: { type: [...SCALARS, "null"] } };
  }
};
