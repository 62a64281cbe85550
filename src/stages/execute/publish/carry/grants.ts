/** Grants on the relation and its columns: what is declared, else what stood, else the default privileges. */
import type { RelationName } from "../../../../domain/names.ts";
import type { PublishedRelation } from "../../../../domain/publish-plan.ts";
import { authored, ident, relation, type Sql, sql } from "../../../../domain/sql.ts";
import type { CarriedFacts, Facts, Grant } from "./facts.ts";

export const grantsOf = (
  { name, grants, hasHooks }: Pick<PublishedRelation, "name" | "grants" | "hasHooks">,
  { role, defaults }: CarriedFacts,
  old: Facts | undefined,
  made: Facts | undefined,
): readonly Sql[] => {
  const byDefault = defaults.get(name.schema) ?? [];
  if (grants !== undefined) {
    const declared = [...grants].flatMap(([privilege, grantees]) =>
      grantees.map(
        (grantee): Grant => ({ privilege, grantee: asGrantee(grantee.value), isGrantable: false, column: null }),
      ),
    );
    return [...byDefault, ...declared].map((g) => grantSql(name, g));
  }
  if (old === undefined) return byDefault.map((g) => grantSql(name, g));
  const columnGrants = old.columnGrants.filter((g) => g.column !== null && (made?.columns.includes(g.column) ?? false));
  if (old.grants === undefined && made?.grants === undefined) return columnGrants.map((g) => grantSql(name, g));
  // Whatever the default privileges of the role gave the new relation makes way for exactly what stood.
  const given = (made?.grants ?? []).map((g) => (g.grantee === role ? old.owner : g.grantee));
  const revoked = [...new Set([old.owner, ...given])].map(
    (g) => sql`revoke all on ${relation(name)} from ${granteeSql(g)}`,
  );
  const stood = old.grants ?? [{ privilege: "ALL", grantee: old.owner, isGrantable: false, column: null }];
  return [
    ...(hasHooks ? [] : revoked),
    ...[...stood, ...columnGrants].map((g) => grantSql(name, asOwners(g, old.owner))),
  ];
};

/** An owner can grant anyway, and cannot be given the option. */
const asOwners = (grant: Grant, owner: string): Grant =>
  grant.grantee === owner ? { ...grant, isGrantable: false } : grant;

const asGrantee = (name: string): string | null => (name.toLowerCase() === "public" ? null : name);

export const granteeSql = (grantee: string | null): Sql => (grantee === null ? sql`public` : ident(grantee));

/** Privileges are the server's own words or checked by link: letters and spaces. */
const privilegeSql = (privilege: string): Sql => {
  if (!/^[a-z ]+$/i.test(privilege)) throw new Error(`not a privilege: ${privilege}`);
  return authored(privilege, undefined);
};

export const grantSql = (name: RelationName, { privilege, grantee, isGrantable, column }: Grant): Sql =>
  sql`grant ${privilegeSql(privilege)}${column === null ? sql`` : sql` (${ident(column)})`} on ${relation(name)} to ${granteeSql(grantee)}${isGrantable ? sql` with grant option` : sql``}`;
