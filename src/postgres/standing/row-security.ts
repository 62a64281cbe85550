/** Row level security and the policies of the relation itself. */
import { ident, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { said, setting, standingSource } from "./source.ts";

export const rowSecurity = standingSource<{ readonly enabled: boolean; readonly forced: boolean }>(
  () => sql`select t.oid, jsonb_build_object('enabled', t.relrowsecurity, 'forced', t.relforcerowsecurity) as facts
from target t where t.relrowsecurity or t.relforcerowsecurity`,
  ({ enabled, forced }, on) => [
    setting(
      on,
      { kind: "row level security", name: [enabled ? "enabled" : [], forced ? "forced" : []].flat().join(" and ") },
      (to) => [
        ...(enabled ? [sql`alter table ${relation(to)} enable row level security`] : []),
        ...(forced ? [sql`alter table ${relation(to)} force row level security`] : []),
      ],
    ),
  ],
);

type Policy = {
  readonly name: string;
  readonly permissive: boolean;
  readonly command: string;
  /** Null is everybody. */
  readonly roles: readonly (string | null)[];
  readonly using: string | null;
  readonly check: string | null;
  readonly comment: string | null;
};

export const policies = standingSource<Policy>(
  () => sql`select t.oid, jsonb_build_object('name', p.polname, 'permissive', p.polpermissive, 'command', p.polcmd,
  'roles', (select jsonb_agg(case r when 0 then null else pg_get_userbyid(r) end) from unnest(p.polroles) r),
  'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid),
  'comment', obj_description(p.oid, 'pg_policy')) as facts
from target t join pg_policy p on p.polrelid = t.oid`,
  (policy, on) => [
    setting(on, { kind: "policy", name: policy.name }, (to) => {
      const name = sql`policy ${ident(policy.name)} on ${relation(to)}`;
      return [
        sql`create ${name} as ${policy.permissive ? sql`permissive` : sql`restrictive`} for ${commandOf(policy)} to ${joinSql(
          policy.roles.map((role) => (role === null ? sql`public` : ident(role))),
          sql`, `,
        )}${clause(sql` using`, policy.using)}${clause(sql` with check`, policy.check)}`,
        ...(policy.comment === null ? [] : [sql`comment on ${name} is ${literal(policy.comment)}`]),
      ];
    }),
  ],
);

const clause = (words: Sql, expression: string | null): Sql =>
  expression === null ? sql`` : sql`${words} (${said(expression)})`;

const commandOf = ({ command }: Policy): Sql => {
  if (command === "r") return sql`select`;
  if (command === "a") return sql`insert`;
  if (command === "w") return sql`update`;
  return command === "d" ? sql`delete` : sql`all`;
};
