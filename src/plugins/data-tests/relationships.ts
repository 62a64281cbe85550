/** `relationships`: a row fails where its key has no row in the other relation; NULL keys pass. */
import type { DataTest, DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import { ident, type Sql, sql } from "../../domain/sql.ts";
import { relationGiven, textGiven } from "./arguments-given.ts";
import { needed, nothingWrong } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";

export const TO = [
  needed("to", "reference", "The other relation: ref('x') or source('a', 'b')."),
  needed("field", "column", "Its column."),
] as const;

export const relationships: DataTest = {
  name: "relationships",
  section: "keys",
  description: "Each value of the column stands in `field` of the relation `to`; NULL passes.",
  example: "relationships: { to: ref('teams'), field: team_id }",
  isColumnTest: true,
  parameters: TO,
  refuses: nothingWrong,
  failingRows: (input) => parentRows(input, undefined),
};

/** `among`: only these rows of the parent count. */
export const parentRows = (input: DataTestInput, among: Sql | undefined): FailingRows => {
  const column = testedColumn(input);
  const parent = relationGiven(input, "to");
  const field = textGiven(input, "field") ?? "";
  const rows = among === undefined ? parent : sql`(select * from ${parent} as p where (\n${among}\n))`;
  return {
    kind: "parent",
    column: testedName(input),
    parent,
    field,
    among,
    query: sql`select c.* from ${testedRows(input)} as c where c.${column} is not null and not exists (select from ${rows} as p where p.${ident(field)} = c.${column})`,
  };
};
