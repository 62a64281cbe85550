/** The column that a column test stands on, quoted; link has seen to it that there is one. */
import type { DataTestInput } from "../../domain/contracts/data-test.ts";
import { ident, type Sql } from "../../domain/sql.ts";

export const testedColumn = (input: DataTestInput): Sql => ident(testedName(input));

export const testedName = ({ column }: DataTestInput): string => {
  if (column === undefined) throw new Error("a column test without a column passed link");
  return column;
};
