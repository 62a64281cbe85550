/** A kind of ours and the names that dbt-expectations has for it and for its arguments in, the same kind by that name out. */
import type { DataTest, DataTestInput, Parameter } from "../../../domain/contracts/data-test.ts";
import { may, nothingWrong } from "../parameters.ts";

export const ROW_CONDITION = may("row_condition", "condition", "Which rows are judged.");
export const STRICTLY = may("strictly", "boolean", "true: the bounds themselves lie outside.");
export const GROUP_BY = may("group_by", "columns", "Each group of equal values in these by itself.");
export const QUOTE_VALUES = may("quote_values", "boolean", "false: numbers and booleans are sent bare.");

type Expected = Pick<DataTest, "name" | "description" | "parameters" | "failingRows"> &
  Partial<Pick<DataTest, "isColumnTest" | "refuses">>;

/** Of a column, unless it says otherwise. */
export const expectation = (own: Expected): DataTest => ({
  section: "expectations",
  example: undefined,
  isColumnTest: true,
  refuses: nothingWrong,
  ...own,
});

/** `renames`: theirs to ours, where they differ. */
export const alias = (
  name: string,
  of: DataTest,
  parameters: readonly Parameter[],
  renames: Readonly<Record<string, string>> = {},
): DataTest => ({
  ...of,
  name,
  section: "expectations",
  description: `As \`${of.name}\`.`,
  example: undefined,
  parameters,
  failingRows: (input) => of.failingRows(renamed(input, renames)),
});

export const renamed = (input: DataTestInput, renames: Readonly<Record<string, string>>): DataTestInput => ({
  ...input,
  arguments: new Map([...input.arguments].map(([name, value]) => [renames[name] ?? name, value])),
});
