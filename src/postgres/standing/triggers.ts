/** Triggers and rules of the relation itself, in the state in which they are. */
import { ident, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { around, setting, standingSource } from "./source.ts";

type Written = {
  readonly name: string;
  readonly definition: string;
  /** O fires in the origin, D not at all, R in a replica, A always. */
  readonly enabled: string;
  readonly comment: string | null;
};

export const triggers = standingSource<Written>(
  () => sql`select t.oid, jsonb_build_object('name', g.tgname, 'definition', pg_get_triggerdef(g.oid), 'enabled', g.tgenabled,
  'comment', obj_description(g.oid, 'pg_trigger')) as facts
from target t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal and g.tgparentid = 0`,
  ({ name, definition, enabled, comment }, on) => {
    const { head, tail } = around(definition, " ON ", on.qualified);
    return [
      setting(on, { kind: "trigger", name }, (to) => [
        sql`${head}${relation(to)}${tail}`,
        ...stateOf(enabled).map((state) => sql`alter table ${relation(to)} ${state} trigger ${ident(name)}`),
        ...(comment === null ? [] : [sql`comment on trigger ${ident(name)} on ${relation(to)} is ${literal(comment)}`]),
      ]),
    ];
  },
);

export const rules = standingSource<Written>(
  () => sql`select t.oid, jsonb_build_object('name', r.rulename, 'definition', rtrim(pg_get_ruledef(r.oid), '; '), 'enabled', r.ev_enabled,
  'comment', obj_description(r.oid, 'pg_rewrite')) as facts
from target t join pg_rewrite r on r.ev_class = t.oid and r.rulename <> '_RETURN'`,
  ({ name, definition, enabled, comment }, on) => {
    const { head, tail } = around(definition, " TO ", on.qualified);
    return [
      setting(on, { kind: "rule", name }, (to) => [
        sql`${head}${relation(to)}${tail}`,
        ...stateOf(enabled).map((state) => sql`alter table ${relation(to)} ${state} rule ${ident(name)}`),
        ...(comment === null ? [] : [sql`comment on rule ${ident(name)} on ${relation(to)} is ${literal(comment)}`]),
      ]),
    ];
  },
);

const stateOf = (enabled: string): readonly Sql[] => {
  if (enabled === "D") return [sql`disable`];
  if (enabled === "R") return [sql`enable replica`];
  return enabled === "A" ? [sql`enable always`] : [];
};

/** ALTER TABLE … DISABLE TRIGGER ALL reaches those of foreign keys too, and they are made anew with their keys. */
export const disabledKeys = standingSource<{ readonly name: string }>(
  () => sql`select t.oid, jsonb_build_object('name', k.conname) as facts
from target t join pg_trigger g on g.tgrelid = t.oid and g.tgisinternal and g.tgenabled <> 'O' and g.tgparentid = 0 join pg_constraint k on k.oid = g.tgconstraint
group by t.oid, k.conname`,
  ({ name }, on) => [
    {
      ...{ stage: "unmovable", on: on.name, kind: "disabled trigger of constraint", name, unless: "never" },
      reason: "a new key begins with its triggers enabled",
      help: `alter table ${on.qualified} enable trigger all`,
    },
  ],
);
