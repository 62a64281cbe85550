/** From a node and a path such as `materialized` or `meta.owner`, the texts that stand there, under dbt's names of keys. */
import type { SourceConfig } from "../../domain/config.ts";
import type { Node } from "../../domain/manifest.ts";
import type { PlainValue } from "../../domain/tree.ts";
import { unreachable } from "../../domain/unreachable.ts";

/** A list gives its items, a mapping its keys, nothing gives none. */
export const configValueAt = (node: Node, path: readonly string[]): readonly string[] => {
  let value: PlainValue | undefined = configOf(node);
  for (const key of path) value = isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return textsOf(value);
};

type Mapping = { readonly [key: string]: PlainValue };

const isMapping = (value: PlainValue | undefined): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textsOf = (value: PlainValue | undefined): readonly string[] => {
  if (value === undefined || value === null) return [];
  if (isMapping(value)) return Object.keys(value);
  return typeof value === "object" ? value.flatMap(textsOf) : [String(value)];
};

const configOf = (node: Node): Mapping => {
  switch (node.kind) {
    case "model":
      return {
        ...relationConfigOf(node.config),
        materialized: node.config.materialized,
        unique_key: node.config.uniqueKey,
        event_time: node.config.eventTime,
      };
    case "seed":
      return {
        ...relationConfigOf(node.config),
        materialized: "seed",
        column_types: Object.fromEntries(node.config.columnTypes),
        delimiter: node.config.delimiter,
        quote_columns: node.config.quoteColumns,
      };
    case "snapshot":
      return {
        ...relationConfigOf(node.config),
        materialized: "snapshot",
        strategy: node.config.strategy.kind,
        unique_key: node.config.uniqueKey,
        updated_at: node.config.strategy.updatedAt ?? null,
        check_cols: node.config.strategy.kind === "check" ? node.config.strategy.columns : null,
        hard_deletes: node.config.hardDeletes,
        dbt_valid_to_current: node.config.validToCurrent?.value ?? null,
      };
    case "source":
      return {
        enabled: node.config.enabled,
        tags: node.tags,
        meta: node.config.meta,
        event_time: node.config.eventTime,
        contract: { enforced: node.config.contract === "enforced" },
        freshness_gate: node.config.isFreshnessGate,
        ...freshnessOf(node.config.freshness),
      };
    case "unit-test":
      return { enabled: node.config.enabled, tags: node.tags, meta: node.config.meta };
    case "data-test":
      return {
        enabled: node.config.enabled,
        tags: node.tags,
        meta: node.config.meta,
        severity: node.config.severity,
        where: node.config.where?.value ?? null,
        limit: node.config.limit ?? null,
      };
    default:
      return unreachable(node);
  }
};

const freshnessOf = (freshness: SourceConfig["freshness"]): Mapping =>
  freshness === undefined
    ? {}
    : {
        freshness: {
          ...(freshness.warnAfter === undefined ? {} : { warn_after: freshness.warnAfter }),
          ...(freshness.errorAfter === undefined ? {} : { error_after: freshness.errorAfter }),
          ...(freshness.filter === undefined ? {} : { filter: freshness.filter.value }),
        },
        [`loaded_at_${freshness.loadedAt.kind}`]: freshness.loadedAt.value,
      };

type RelationNode = Extract<Node, { kind: "model" | "seed" | "snapshot" }>;

const relationConfigOf = (config: RelationNode["config"]): Mapping => ({
  enabled: config.enabled,
  schema: config.schema,
  alias: config.alias ?? null,
  tags: config.tags,
  meta: config.meta,
  grants:
    config.grants === undefined
      ? null
      : Object.fromEntries(
          [...config.grants].map(([privilege, grantees]) => [privilege, grantees.map((g) => g.value)]),
        ),
});
