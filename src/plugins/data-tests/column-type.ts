/** `column_type`: the column is of the declared type, by any of the names that PostgreSQL knows for it. */
import type { DataTest, DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import { joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { textGiven } from "./arguments-given.ts";
import { needed, nothingWrong } from "./parameters.ts";
import { columnType as typeIn } from "./relation-columns.ts";
import { testedName } from "./tested-column.ts";

export const columnType: DataTest = {
  name: "column_type",
  section: "shape",
  description: "The column is of this type; `numeric(8,2)` means just that, `numeric` any numeric.",
  example: "column_type: { type: timestamptz }",
  isColumnTest: true,
  parameters: [needed("type", "text", "The type as in SQL.")],
  refuses: nothingWrong,
  failingRows: (input) => typeRows(input, [textGiven(input, "type") ?? ""]),
};

/** One row where the column is of none of the types. */
export const typeRows = (input: DataTestInput, types: readonly string[]): FailingRows => {
  const name = testedName(input);
  const conditions = types.map((type) => isOfType(type.trim()));
  return {
    kind: "query",
    query: sql`select ${literal(`type of ${name}`)}::text as what, coalesce(declared, found::text) as value, ${literal(types.join(" or "))}::text as bound from (select ${typeIn(input.relation, name)} as found, (${declaredType(input.relation, name)}) as declared) as t where (${joinSql(conditions, sql` or `)}) is not true`,
    judged: sql`1`,
    needs: undefined,
  };
};

/** With its modifiers, which a value does not know; NULL for an ephemeral model. */
const declaredType = (relation: Sql, name: string): Sql =>
  NAMED.test(textOf(relation))
    ? sql`select format_type(a.atttypid, a.atttypmod) from pg_attribute a where a.attrelid = to_regclass(${literal(textOf(relation))}) and a.attname = ${literal(name)} and not a.attisdropped`
    : sql`select null::text`;

const NAMED = /^"(?:[^"]|"")+"\."(?:[^"]|"")+"$/;

const isOfType = (type: string): Sql => {
  const modifiers = /\([^)]*\)/.exec(type)?.[0].replaceAll(/\s/g, "");
  const isSame = sql`found = to_regtype(${literal(type)})`;
  return modifiers === undefined
    ? isSame
    : sql`${isSame} and coalesce(substring(declared from '[(][^)]*[)]'), '') = ${literal(modifiers)}`;
};
