/** `incremental`: a table that is built whole at first, and afterwards takes the rows of a delta. */
import type { Materialization } from "../../domain/contracts/materialization.ts";
import { table } from "./table.ts";

export const incremental: Materialization = { ...table, name: "incremental", takesDeltas: true };
