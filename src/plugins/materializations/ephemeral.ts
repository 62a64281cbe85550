/** `ephemeral`: no relation; the query becomes a CTE of whoever refers to it (compile does that). */
import type { Materialization } from "../../domain/contracts/materialization.ts";

export const ephemeral: Materialization = {
  name: "ephemeral",
  relationKind: undefined,
  hasConstraints: false,
  hasIndexes: false,
  hasRows: false,
  takesDeltas: false,
  create: () => [],
};
