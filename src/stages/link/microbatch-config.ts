/** The config of a microbatch model, and what is missing in it: told with the YAML to write. */
import { BATCH_SIZES, readTime } from "../../domain/batch.ts";
import type { MicrobatchConfig } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { eventTimeOf, type ModelNode, type Node } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import { locatedNames, locatedText, typedScalar } from "../../domain/tree-read.ts";
import { type MergedConfig, mergedValue } from "./layers.ts";

/** dbt's default. */
const DEFAULT_LOOKBACK = 1;

/** Undefined after saying what is wrong. */
export const microbatchConfig = (merged: MergedConfig, found: Diagnostic[]): MicrobatchConfig | undefined => {
  const wrong: Diagnostic[] = [];
  const refuse = (key: string, message: string, help: string): void => {
    const at = merged.entries.get(key)?.value.span ?? merged.entries.get("incremental_strategy")?.key.span;
    wrong.push(errorOf("link/bad-incremental", message, { at, help }));
  };
  const eventTime = locatedNames(mergedValue(merged, "event_time"))[0]?.value;
  if (eventTime === undefined)
    refuse(
      "event_time",
      "microbatch needs an event_time: the column of this model's rows that says to which batch they belong",
      "add `event_time: created_at` to the model's config",
    );
  const written = locatedText(mergedValue(merged, "begin"))?.value;
  const begin = written === undefined ? undefined : readTime(written);
  if (written === undefined)
    refuse("begin", "microbatch needs a begin: the time of its first batch", "add `begin: 2024-01-01`");
  else if (begin === undefined)
    refuse("begin", `begin is a time in UTC, not "${written}"`, "write `begin: 2024-01-01`, or `2024-01-01 06:00`");
  const size = BATCH_SIZES.find((s) => s === locatedText(mergedValue(merged, "batch_size"))?.value);
  if (size === undefined)
    refuse(
      "batch_size",
      "microbatch needs a batch_size: how much time a batch spans",
      `add \`batch_size: day\`; it is one of ${BATCH_SIZES.join(", ")}`,
    );
  const lookback = typedScalar(mergedValue(merged, "lookback")) ?? DEFAULT_LOOKBACK;
  if (typeof lookback !== "number" || !Number.isInteger(lookback) || lookback < 0)
    refuse("lookback", "lookback is a whole number of batches, from 0", "write `lookback: 1`");
  const concurrent = typedScalar(mergedValue(merged, "concurrent_batches"));
  found.push(...wrong);
  if (eventTime === undefined || begin === undefined || size === undefined || wrong.length > 0) return undefined;
  const isConcurrent = typeof concurrent === "boolean" ? concurrent : undefined;
  return { eventTime, begin, size, lookback: Number(lookback), isConcurrent };
};

/** Without a time in what it reads, each batch would read all and hold all. */
export const unbatchedInputs = (nodes: ReadonlyMap<NodeId, Node>): readonly Diagnostic[] =>
  [...nodes.values()].flatMap((node) => {
    if (node.kind !== "model" || node.config.incremental.microbatch === undefined) return [];
    const read = [...node.body.references, ...(node.laterBody?.references ?? [])];
    if (read.some((reference) => eventTimeOf(nodes.get(reference.value)) !== undefined)) return [];
    return [noTimedInput(node)];
  });

const noTimedInput = ({ name, at }: ModelNode): Diagnostic =>
  errorOf("link/bad-incremental", `nothing that ${name} reads has an event_time, so each batch would read everything`, {
    at,
    help: "give a source or model that it reads `config: { event_time: created_at }`, the column that says when a row came to be",
  });
