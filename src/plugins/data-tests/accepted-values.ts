/** `accepted_values`: a row fails where the column holds a value that is not listed; NULL passes. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import type { PlainValue } from "../../domain/tree.ts";
import { testedColumn } from "./tested-column.ts";

export const acceptedValues: DataTest = {
  name: "accepted_values",
  description: "Each value of the column is one of `values`; NULL passes.",
  isColumnTest: true,
  parameters: [
    { name: "values", type: "values", isRequired: true, description: "The list of values." },
    {
      name: "quote",
      type: "boolean",
      isRequired: false,
      description:
        "true (the default): the values are literals of the column's type; false: numbers and booleans are sent bare.",
    },
  ],
  failingRows: (input) => {
    const values = input.arguments.get("values");
    const quote = input.arguments.get("quote");
    if (values?.kind !== "value" || !Array.isArray(values.value))
      throw new Error("accepted_values without values passed link");
    const isQuoted = quote?.kind !== "value" || quote.value !== false;
    const column = testedColumn(input);
    const listed = values.value.filter((v) => v !== null);
    if (listed.length === 0) return { kind: "row", predicate: sql`${column} is not null` };
    const items = joinSql(
      listed.map((v: PlainValue) => valueLiteral(v, isQuoted)),
      sql`, `,
    );
    return { kind: "row", predicate: sql`${column} not in (${items})` };
  },
};

/** A quoted literal has no type of its own, so the server reads it as the column's. */
const valueLiteral = (value: PlainValue, isQuoted: boolean): Sql => {
  if (typeof value === "object") return literal(JSON.stringify(value));
  return isQuoted ? literal(String(value)) : literal(value);
};
