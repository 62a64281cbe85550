/** All that stands on the given relations, in the order in which it can be made on the new ones. */
import type { Session } from "../../domain/contracts/database.ts";
import { type RelationName, relationKey } from "../../domain/names.ts";
import { joinSql, literal, sql } from "../../domain/sql.ts";
import type { Standing } from "../../domain/standing.ts";
import { columnOptions, defaults, identities, ownedSequences } from "./columns.ts";
import { foreignKeys } from "./foreign-keys.ts";
import { constraints, indexes, indexSettings, objectComments, replicaIdentity } from "./objects.ts";
import { publications, securityLabels, typedTables } from "./outside.ts";
import { policies, rowSecurity } from "./row-security.ts";
import type { StandingSource } from "./source.ts";
import { statistics } from "./statistics.ts";
import { storage } from "./storage.ts";
import { disabledKeys, rules, triggers } from "./triggers.ts";

/** A kind of thing is a line here. */
const sourcesOf = (serverVersion: number): readonly StandingSource[] => [
  storage(serverVersion),
  columnOptions,
  statistics,
  constraints,
  indexes,
  indexSettings,
  foreignKeys,
  ownedSequences,
  defaults,
  identities,
  rowSecurity,
  policies,
  rules,
  triggers,
  disabledKeys,
  replicaIdentity,
  objectComments,
  securityLabels,
  publications,
  typedTables,
];

export const readStanding = async (
  session: Session,
  relations: readonly RelationName[],
  serverVersion: number,
): Promise<readonly Standing[]> => {
  if (relations.length === 0) return [];
  const sources = sourcesOf(serverVersion);
  const names = joinSql(
    relations.map(({ schema, name }) => sql`(${literal(schema)}, ${literal(name)})`),
    sql`, `,
  );
  const parts = sources.map(
    (source, i) => sql`select ${literal(i)} as source, t.nspname, t.relname, t.qualified, f.facts
from (${source.query(serverVersion)}) f join target t on t.oid = f.oid`,
  );
  const found = sql`
with target as materialized (
  select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as qualified from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (n.nspname, c.relname) in (values ${names}) and c.relkind in ('r', 'p', 'v', 'm')
)
select * from (${joinSql(parts, sql`\nunion all\n`)}) f
order by nspname, relname, source, facts ->> 'name', facts ->> 'column'`;
  // Definitions are printed in full only where nothing is in the path. What stood there before stands again after.
  const results = await session.step(
    sql`select set_config('galley.search_path', current_setting('search_path'), true), set_config('search_path', '', true);
${found};
select set_config('search_path', current_setting('galley.search_path'), true)`,
  );
  return (results[1]?.rows ?? []).flatMap((row) => {
    const name = { schema: row["nspname"] ?? "", name: row["relname"] ?? "" };
    const source = sources[Number(row["source"])];
    if (source === undefined) throw new Error(`no source of what stands on ${relationKey(name)}`);
    return source.read(JSON.parse(row["facts"] ?? "null"), { name, qualified: row["qualified"] ?? "" });
  });
};
