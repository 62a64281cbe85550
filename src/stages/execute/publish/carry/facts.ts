/** Owner, grants and comments of the old relations and of the new, read while the old are locked against DDL. */
import type { Session } from "../../../../domain/contracts/database.ts";
import { relationKey, workspaceOf } from "../../../../domain/names.ts";
import type { PublishedRelation } from "../../../../domain/publish-plan.ts";
import { joinSql, literal, sql } from "../../../../domain/sql.ts";

export type Grant = {
  readonly privilege: string;
  readonly grantee: string | null;
  readonly isGrantable: boolean;
  readonly column: string | null;
};
export type Comment = { readonly column: string | null; readonly text: string };

export type Facts = {
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

export const readFacts = async (
  session: Session,
  published: readonly Pick<PublishedRelation, "name">[],
): Promise<CarriedFacts> => {
  const schemas = [...new Set(published.flatMap((p) => [p.name.schema, workspaceOf(p.name.schema)]))];
  // Where rows come to what stands, nothing may be moved at all.
  const inSchemas = joinSql(["", ...schemas].map(literal), sql`, `);
  const results = await session.step(sql`select current_user as role;
select n.nspname as schema, c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relacl is null as has_default,
  (select json_agg(json_build_object(${grantJson}, 'column', null)) from aclexplode(c.relacl) x) as grants,
  (select json_agg(json_build_object(${grantJson}, 'column', a.attname)) from pg_attribute a cross join aclexplode(a.attacl) x where a.attrelid = c.oid and not a.attisdropped) as column_grants,
  (select json_agg(json_build_object('column', a.attname, 'text', d.description)) from pg_description d left join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0 where d.classoid = 'pg_class'::regclass and d.objoid = c.oid) as comments,
  (select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in (${inSchemas}) and c.relkind in ('r', 'p', 'v', 'm');
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
