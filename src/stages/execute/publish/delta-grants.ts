/** Who may read a table that stays and takes new rows: what its config declares, and whom its hooks let read the overlay. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { PublishedDelta } from "../../../domain/publish-plan.ts";
import { relation, type Sql, sql } from "../../../domain/sql.ts";
import { readFacts } from "./carry/facts.ts";
import { granteeSql, grantSql, grantsOf } from "./carry/grants.ts";
import { grantedOn } from "./scaffolding.ts";

/** While the overlays still stand. */
export const deltaGrants = async (session: Session, deltas: readonly PublishedDelta[]): Promise<readonly Sql[]> => {
  const statements: Sql[] = [];
  for (const delta of deltas) {
    statements.push(...(await declaredGrants(session, delta)));
    if (!delta.hasHooks) continue;
    statements.push(...(await grantedOn(session, delta.step.overlay)).map((grant) => grantSql(delta.name, grant)));
  }
  return statements;
};

/** What stands makes way for exactly what is declared; where nothing is, it stays. */
const declaredGrants = async (session: Session, delta: PublishedDelta): Promise<readonly Sql[]> => {
  if (delta.grants === undefined) return [];
  const standing = await grantedOn(session, delta.name);
  const grantees = [...new Set(standing.map((grant) => grant.grantee))];
  return [
    ...grantees.map((grantee) => sql`revoke all on ${relation(delta.name)} from ${granteeSql(grantee)}`),
    ...grantsOf(delta, await readFacts(session, [delta]), undefined, undefined),
  ];
};
