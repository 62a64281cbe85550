/** The kinds of dbt-expectations, by its names and arguments. */
import type { DataTest } from "../../../domain/contracts/data-test.ts";
import { aggregateExpectations } from "./aggregates.ts";
import { rowExpectations } from "./rows.ts";
import { severalColumnExpectations } from "./several-columns.ts";
import { shapeExpectations } from "./shape.ts";
import { textExpectations } from "./texts.ts";
import { valueExpectations } from "./values.ts";

export const expectations: readonly DataTest[] = [
  ...valueExpectations,
  ...textExpectations,
  ...aggregateExpectations,
  ...severalColumnExpectations,
  ...rowExpectations,
  ...shapeExpectations,
];
