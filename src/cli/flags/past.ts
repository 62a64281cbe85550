/** Flags of what goes back in time: leakage checks, and features as of a moment. */
import { flagOf } from "./flag.ts";

export const cutoffs = flagOf({
  name: "cutoffs",
  env: "GALLEY_CUTOFFS",
  kind: "number",
  placeholder: "count",
  describe: "leakage: how many instants of the past are rebuilt (8)",
});
export const cutoffAt = flagOf({
  name: "at",
  env: "GALLEY_AT",
  kind: "words",
  placeholder: "instant",
  describe: "leakage: these instants alone, as a report prints them: 2009-02-03, '2009-02-03 #4'",
});
export const seed = flagOf({
  name: "seed",
  env: "GALLEY_SEED",
  kind: "number",
  placeholder: "number",
  describe: "leakage: the seed of what is drawn; a report prints it",
});
export const sample = flagOf({
  name: "sample",
  env: "GALLEY_SAMPLE",
  kind: "share",
  placeholder: "share",
  describe: "leakage, source-history: compare this share of the keys, between 0 and 1",
});
export const strict = flagOf({
  name: "strict",
  env: "GALLEY_STRICT",
  kind: "switch",
  describe: "leakage, source-history: what is not proved is an error",
});
export const keep = flagOf({
  name: "keep",
  env: "GALLEY_KEEP",
  kind: "count",
  placeholder: "count",
  describe: "source-history: how many photographs of each source are kept (30); 0 compares, and takes none",
});
export const features = flagOf({
  name: "features",
  env: "GALLEY_FEATURES",
  kind: "words",
  placeholder: "feature",
  describe: "Features: model.column, a model for all of its own, or name=model.column; several with commas or spaces",
});
export const entities = flagOf({
  name: "entities",
  env: "GALLEY_ENTITIES",
  kind: "text",
  placeholder: "file.csv|sql",
  describe: "A training set: for each row of a CSV file (- for standard input) or of a query, as of the row's time",
});
export const entity = flagOf({
  name: "entity",
  env: "GALLEY_ENTITY",
  kind: "words",
  placeholder: "key=value",
  describe: "One entity's features: the columns of its key",
});
export const at = flagOf({
  name: "at",
  env: "GALLEY_AT",
  kind: "text",
  placeholder: "time",
  describe: "With --entity: as of this time (now); a comma before the order within the day: 2024-01-31,2",
});
export const time = flagOf({
  name: "time",
  env: "GALLEY_TIME",
  kind: "text",
  placeholder: "columns",
  describe: "With --entities: its time columns; without it event_time, or those that the models have",
});
export const maxAge = flagOf({
  name: "max-age",
  env: "GALLEY_MAX_AGE",
  kind: "text",
  placeholder: "interval",
  describe: 'Rows that are older count for nothing: "30 days"',
});
export const out = flagOf({
  name: "out",
  env: "GALLEY_OUT",
  kind: "text",
  placeholder: "file",
  describe: "Where the training set goes: .csv or .parquet, or - for CSV on standard output",
});

export const LEAKAGE = [cutoffs, cutoffAt, seed, sample, strict, keep] as const;
