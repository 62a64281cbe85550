/** The materializations, by dbt's names. */
import type { Materializations } from "../../domain/contracts/materialization.ts";
import { ephemeral } from "./ephemeral.ts";
import { materializedView } from "./materialized-view.ts";
import { table } from "./table.ts";
import { view } from "./view.ts";

export const materializations: Materializations = { view, table, materialized_view: materializedView, ephemeral };
