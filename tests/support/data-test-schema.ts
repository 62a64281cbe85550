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

/** Arguments stand under `arguments:` or flat; config may stand among them. */
export const kindSchema = ({ description, parameters }: DataTest): Schema => {
  const own = Object.fromEntries(parameters.map((p) => [p.name, parameterSchema(p)]));
  const taken = {
    ...own,
    column_name: { description: "The column, for a test of the whole relation.", type: "string" },
  };
  const { arguments: under, ...beside } = besideArguments();
  const needed = parameters.filter((p) => p.isRequired).map(({ name }) => neededSchema(name));
  return {
    description,
    ...typed("object", "null"),
    properties: {
      ...taken,
      arguments: {
        ...under,
        properties: { ...taken, ...propertiesOf("data test config") },
        additionalProperties: false,
      },
      ...beside,
    },
    additionalProperties: false,
    // biome-ignore lint/suspicious/noThenProperty: JSON schema's word
    ...(needed.length === 0 ? {} : { if: { type: "object" }, then: { allOf: needed } }),
  };
};

const neededSchema = (name: string): Schema => ({
  anyOf: [{ required: [name] }, { properties: { arguments: { required: [name] } }, required: ["arguments"] }],
});

const parameterSchema = ({ type, description }: Parameter): Schema => ({ description, ...ofType(type) });

const ofType = (type: Parameter["type"]): Schema => {
  switch (type) {
    case "reference":
    case "column":
    case "text":
      return { type: "string" };
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
