/** The rows of a unit test in, the property file that says them out: each value so that its type reads the same back. */
import type { DescribedColumn } from "../../domain/contracts/database.ts";

export type CaseRows = {
  readonly columns: readonly DescribedColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
};

export type UnitTestText = {
  readonly name: string;
  readonly description: string;
  readonly model: string;
  /** What `{{run_started_at}}` says; undefined: the query does not ask. */
  readonly startedAt: string | undefined;
  /** By the form of the input: `ref('orders')`. */
  readonly given: readonly (CaseRows & { readonly input: string })[];
  readonly expected: CaseRows;
};

export const unitTestText = ({ name, description, model, startedAt, given, expected }: UnitTestText): string =>
  [
    "unit_tests:",
    `  - name: ${quoted(name)}`,
    `    description: ${quoted(description)}`,
    `    model: ${quoted(model)}`,
    ...(startedAt === undefined
      ? []
      : ["    overrides:", "      macros:", `        run_started_at: ${quoted(startedAt)}`]),
    ...(given.length === 0
      ? []
      : [
          "    given:",
          ...given.flatMap(({ input, ...rows }) => [`      - input: ${quoted(input)}`, ...rowLines(rows, "        ")]),
        ]),
    "    expect:",
    ...rowLines(expected, "      "),
    "",
  ].join("\n");

const rowLines = ({ columns, rows }: CaseRows, indent: string): readonly string[] => {
  if (rows.length === 0) return [`${indent}rows: []`];
  const lines = rows.map((row) => {
    const cells = columns.map(({ name, type }, i) => `${quoted(name)}: ${valueText(row[i] ?? null, type)}`);
    return `${indent}  - ${cells.length === 0 ? "{}" : `{ ${cells.join(", ")} }`}`;
  });
  return [`${indent}rows:`, ...lines];
};

const NUMBERS = /^(?:smallint|integer|bigint|numeric|real|double precision)\b(?!.*\[)/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

const valueText = (value: string | null, type: string): string => {
  if (value === null) return "null";
  if (NUMBERS.test(type) && NUMBER.test(value)) return value;
  if (type === "boolean") return /^t/.test(value) ? "true" : "false";
  if (type === "date" && /^\d{4}-\d\d-\d\d$/.test(value)) return value;
  return quotedAlways(value);
};

/** Words that YAML takes for something else than a text. */
const MEANT = /^(?:null|true|false|yes|no|on|off|y|n)$/i;

const quoted = (text: string): string =>
  /^[a-z_][a-z0-9_]*(?:\('[a-z0-9_]+'\))?$/i.test(text) && !MEANT.test(text) ? text : quotedAlways(text);

/** JSON's strings are YAML's. What would begin a template is written as its code. */
const quotedAlways = (text: string): string =>
  JSON.stringify(text)
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029")
    .replaceAll("\u007f", "\\u007f")
    .replaceAll("\u0085", "\\u0085")
    .replaceAll(/\{(?=[{%#])/g, "\\u007b");
