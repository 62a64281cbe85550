/** The materializations, by dbt's names. */
import type { Materializations } from "../../domain/contracts/materialization.ts";
import { ephemeral } from "./ephemeral.ts";
import { incremental } from "./incremental.ts";
import { materializedView } from "./materialized-view.ts";
import { table } from "./table.ts";
import { view } from "./view.ts";

export const materializations: Materializations = {
  view,
  table,
  incremental,
  materialized_view: materializedView,
  ephemeral,
};
