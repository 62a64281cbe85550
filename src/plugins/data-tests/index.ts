/** The kinds of generic data tests, by dbt's names. */
import type { DataTest, DataTests } from "../../domain/contracts/data-test.ts";
import { acceptedValues } from "./accepted-values.ts";
import { notNull } from "./not-null.ts";
import { relationships } from "./relationships.ts";
import { unique } from "./unique.ts";

const all: readonly DataTest[] = [unique, notNull, acceptedValues, relationships];

export const dataTests: DataTests = new Map(all.map((test) => [test.name, test]));
