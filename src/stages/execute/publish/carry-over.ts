/**
 * What a new relation takes over from the one that it replaces: owner, grants (also on columns), comments. The facts are
 * read while the old relation is locked against DDL, and become statements on the new one under its final name.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import type { PublishedRelation } from "../../../domain/plan.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { kindSql } from "../drop-relations.ts";

export type Grant = {
  readonly privilege: string;
  readonly grantee: string | null;
  readonly isGrantable: boolean;
  readonly column: string | null;
};
type Comment = { readonly column: string | null; readonly text: string };

type Facts = {
  readonly owner: string;
  /** Undefined: never granted, so the server's default stands. */
  readonly grants: readonly Grant[] | undefined;
  readonly columnGrants: readonly Grant[];
  readonly comments: readonly Comment[];
  readonly columns: readonly string[];
};

export type CarriedFacts = {
  readonly role: string;
  /** By relationKey, workspace relations under their workspace schema. */
  readonly relations: ReadonlyMap<string, Facts>;
  /** Per-schema default privileges of the role, by schema: SET SCHEMA does not apply them. */
  readonly defaults: ReadonlyMap<string, readonly Grant[]>;
};

export const readFacts = async (session: Session, published: readonly PublishedRelation[]): Promise<CarriedFacts> => {
  const schemas = [...new Set(published.flatMap((p) => [p.name.schema, workspaceOf(p.name.schema)]))];
  // Where rows come to what stands, nothing may be moved at all.
  const inSchemas = joinSql(["", ...schemas].map(literal), sql`, `);
  const results = await session.step(sql`select current_user as role;
select n.nspname as schema, c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relacl is null as has_default,
  (select json_agg(json_build_object(${grantJson}, 'column', null)) from aclexplode(c.relacl) x) as grants,
  (select json_agg(json_build_object(${grantJson}, 'column', a.attname)) from pg_attribute a cross join aclexplode(a.attacl) x where a.attrelid = c.oid and not a.attisdropped) as column_grants,
  (select json_agg(json_build_object('column', a.attname, 'text', d.description)) from pg_description d left join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0 where d.classoid = 'pg_class'::regclass and d.objoid = c.oid) as comments,
  (select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in (${inSchemas}) and c.relkind in ('r', 'v', 'm', 'p');
select n.nspname as schema, json_agg(json_build_object(${grantJson}, 'column', null)) as grants
from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace cross join aclexplode(d.defaclacl) x
where d.defaclobjtype = 'r' and pg_get_userbyid(d.defaclrole) = current_user and n.nspname in (${inSchemas}) group by 1`);
  const [role, relations, defaults] = results.map((r) => r.rows);
  return {
    role: role?.[0]?.["role"] ?? "",
    relations: new Map(
      (relations ?? []).map((row) => [
        relationKey({ schema: row["schema"] ?? "", name: row["name"] ?? "" }),
        {
          owner: row["owner"] ?? "",
          grants: row["has_default"] === "t" ? undefined : parse<Grant>(row["grants"]),
          columnGrants: parse<Grant>(row["column_grants"]),
          comments: parse<Comment>(row["comments"]),
          columns: parse<string>(row["columns"]),
        },
      ]),
    ),
    defaults: new Map((defaults ?? []).map((row) => [row["schema"] ?? "", parse<Grant>(row["grants"])])),
  };
};

export const grantJson = sql`'privilege', x.privilege_type, 'grantee', case x.grantee when 0 then null else pg_get_userbyid(x.grantee) end, 'isGrantable', x.is_grantable`;

const parse = <T>(json: string | null | undefined): readonly T[] =>
  json === null || json === undefined ? [] : (JSON.parse(json) as readonly T[]);

/** Statements to run right after the new relation has taken its final place. */
export const carryOver = (published: PublishedRelation, facts: CarriedFacts): readonly Sql[] => {
  const { name, newKind } = published;
  const old = facts.relations.get(relationKey(name));
  const made = facts.relations.get(relationKey({ schema: workspaceOf(name.schema), name: name.name }));
  const owner = old?.owner ?? facts.role;
  return [
    // First, so that grants are the owner's, and one to the role that publishes is a grant like any other.
    ...(owner === facts.role ? [] : [sql`alter ${kindSql(newKind)} ${relation(name)} owner to ${ident(owner)}`]),
    ...grantsOf(published, facts, old, made),
    ...(old?.comments ?? [])
      .filter(({ column }) => !isDeclared(column, made))
      .flatMap((comment) => commentOn(name, newKind, comment, made?.columns ?? [])),
  ];
};

/** A comment that the new relation was given when it was built wins over the one that stood. */
const isDeclared = (column: string | null, made: Facts | undefined): boolean =>
  made?.comments.some((comment) => comment.column === column) ?? false;

const grantsOf = (
  { name, grants, hasHooks }: PublishedRelation,
  { role, defaults }: CarriedFacts,
  old: Facts | undefined,
  made: Facts | undefined,
): readonly Sql[] => {
  const byDefault = defaults.get(name.schema) ?? [];
  if (grants !== undefined) {
    const declared = [...grants].flatMap(([privilege, grantees]) =>
      grantees.map((grantee): Grant => ({ privilege, grantee: asGrantee(grantee), isGrantable: false, column: null })),
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

const commentOn = (
  name: RelationName,
  kind: PublishedRelation["newKind"],
  { column, text }: Comment,
  columns: readonly string[],
): readonly Sql[] => {
  if (column === null) return [sql`comment on ${kindSql(kind)} ${relation(name)} is ${literal(text)}`];
  return columns.includes(column)
    ? [sql`comment on column ${relation(name)}.${ident(column)} is ${literal(text)}`]
    : [];
};
