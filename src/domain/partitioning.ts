/** How a table is cut into partitions: by which key, and how it is known which partitions there are. */
import type { Located, Span } from "./source.ts";

export const GRANULARITIES = ["hour", "day", "week", "month", "quarter", "year"] as const;
export type Granularity = (typeof GRANULARITIES)[number];

export type Partitioning = {
  readonly strategy: "range" | "list" | "hash";
  /** Several columns only for hash. */
  readonly keys: readonly PartitionKey[];
  readonly cut: PartitionCut;
  readonly at: Span;
};

export type PartitionKey =
  | { readonly kind: "column"; readonly name: Located<string> }
  | { readonly kind: "expression"; readonly text: Located<string> };

export type PartitionCut =
  /** Range: one for each day, month … in which the data have a row. */
  | { readonly kind: "granularity"; readonly unit: Granularity }
  /** Range: one for each stretch of so many whole numbers in which the data have a row. */
  | { readonly kind: "interval"; readonly size: number }
  /** List: one for each value that the data have. */
  | { readonly kind: "values" }
  | { readonly kind: "modulus"; readonly count: number }
  /** As the author lists them; a row that fits none is an error of the build. */
  | { readonly kind: "declared"; readonly partitions: readonly DeclaredPartition[] };

export type PartitionValue = string | number | boolean | null;

export type DeclaredPartition = {
  readonly name: string;
  readonly bound: /** `minvalue` and `maxvalue` are PostgreSQL's words. */
    | { readonly kind: "range"; readonly from: PartitionValue; readonly to: PartitionValue }
    | { readonly kind: "list"; readonly values: readonly PartitionValue[] }
    | { readonly kind: "default" };
};
