/** A unit of time and a number in, an interval of SQL out. */
import { literal, type Sql, sql } from "../../domain/sql.ts";

/** The server has no interval of a quarter. */
export const spanOf = (unit: string, count: Sql): Sql =>
  unit === "quarter" ? sql`(${count} * interval '3 months')` : sql`(${count} * ${literal(`1 ${unit}`)}::interval)`;
