/** Which sources are asked how old their rows are, and with what query; of a run those that hold it up. */
import type { Freshness, FreshnessCheck } from "../../domain/freshness.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Located } from "../../domain/source.ts";
import { authored, relation, type Sql, sql } from "../../domain/sql.ts";
import type { LiveReads } from "./live-reads.ts";
import type { PlanRequest } from "./request.ts";

/** Of nodes that are no sources, or of which nothing is asked, there are none. */
export const freshnessChecks = (manifest: Manifest, ids: Iterable<NodeId>): readonly FreshnessCheck[] =>
  [...ids].flatMap((id) => {
    const node = manifest.nodes.get(id);
    if (node?.kind !== "source" || node.config.freshness === undefined) return [];
    const { freshness } = node.config;
    const { warnAfter, errorAfter, at, loadedAt } = freshness;
    const query = ageQuery(newestRow(freshness, relation(node.relation)));
    return [{ source: id, name: node.name, warnAfter, errorAfter, at, loadedAt: loadedAt.span, query }];
  });

/** What the run reads, and must not be too old. */
export const freshnessGates = (
  { manifest, freshness }: Pick<PlanRequest, "manifest" | "freshness">,
  reads: LiveReads,
): readonly FreshnessCheck[] => {
  if (freshness === "ignored") return [];
  const isGate = (id: NodeId): boolean => {
    const node = manifest.nodes.get(id);
    return node?.kind === "source" && (freshness === "checked" || node.config.isFreshnessGate);
  };
  return freshnessChecks(manifest, [...reads.nodes.keys()].filter(isGate));
};

const newestRow = ({ loadedAt, filter }: Freshness, from: Sql): Sql => {
  // A query says itself which rows count.
  if (loadedAt.kind === "query")
    return sql`select max(newest) as newest from (\n${written(loadedAt)}\n) as loaded (newest)`;
  const where = filter === undefined ? sql`` : sql` where (\n${written(filter)}\n)`;
  return sql`select max(\n${written(loadedAt)}\n) as newest from ${from}${where}`;
};

const written = ({ value, span }: Located<string>): Sql => authored(value, { span, calledFrom: [] });

/** The bare `max` inside, so that an index on the column has the answer. It runs with UTC as its time zone. */
const ageQuery = (newest: Sql): Sql =>
  sql`select case when isfinite(r.newest) then to_char(r.newest, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') else r.newest::text end as newest, case when isfinite(r.newest) then extract(epoch from clock_timestamp() - r.newest)::text when r.newest > clock_timestamp() then '-Infinity' when r.newest is not null then 'Infinity' end as age, r.type from (select n.newest::timestamptz as newest, pg_typeof(n.newest)::text as type from (${newest}) as n) as r`;
