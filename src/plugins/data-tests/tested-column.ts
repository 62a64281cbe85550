/** The column that a column test stands on, quoted; link has seen to it that there is one. */
import type { DataTestInput } from "../../domain/contracts/data-test.ts";
import { ident, type Sql } from "../../domain/sql.ts";

export const testedColumn = ({ column }: DataTestInput): Sql => {
  if (column === undefined) throw new Error("a column test without a column passed link");
  return ident(column);
};
