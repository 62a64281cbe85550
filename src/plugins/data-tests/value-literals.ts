/** A list of values from a property file in, the items of an SQL list out. */
import { joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import type { PlainValue } from "../../domain/tree.ts";

/** NULL is in no list; undefined: nothing else was given. */
export const valueLiterals = (values: readonly PlainValue[], quoting: "quoted" | "bare"): Sql | undefined => {
  const known = values.filter((v) => v !== null);
  if (known.length === 0) return undefined;
  return joinSql(
    known.map((v) => valueLiteral(v, quoting)),
    sql`, `,
  );
};

/** A quoted literal has no type of its own, so the server reads it as the column's. */
const valueLiteral = (value: PlainValue, quoting: "quoted" | "bare"): Sql => {
  if (typeof value === "object") return literal(JSON.stringify(value));
  return quoting === "quoted" ? literal(String(value)) : literal(value);
};
