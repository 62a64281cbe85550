/** `relationships`: a row fails where its key has no row in the other relation; NULL keys pass. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { ident, sql } from "../../domain/sql.ts";
import { testedColumn } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";

export const relationships: DataTest = {
  name: "relationships",
  description: "Each value of the column stands in `field` of the relation `to`; NULL passes.",
  isColumnTest: true,
  parameters: [
    {
      name: "to",
      type: "reference",
      isRequired: true,
      description: "The other relation: ref('x') or source('a', 'b').",
    },
    { name: "field", type: "column", isRequired: true, description: "Its column." },
  ],
  failingRows: (input) => {
    const to = input.arguments.get("to");
    const field = input.arguments.get("field");
    if (to?.kind !== "relation" || field?.kind !== "value")
      throw new Error("relationships without its arguments passed link");
    const column = testedColumn(input);
    return {
      kind: "parent",
      column: input.column ?? "",
      parent: to.relation,
      field: String(field.value),
      query: sql`select c.* from ${testedRows(input)} as c where c.${column} is not null and not exists (select from ${to.relation} as p where p.${ident(String(field.value))} = c.${column})`,
    };
  },
};
