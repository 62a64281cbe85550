/** How the relation is stored: options of its own and of its toast table, tablespace, persistence, access method. */
import { ident, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import type { Standing } from "../../domain/standing.ts";
import { setting, standingSource, type Target, workspaceName } from "./source.ts";

type Storage = {
  /** `fillfactor=70` */
  readonly options: readonly string[] | null;
  readonly toast: readonly string[] | null;
  readonly tablespace: string | null;
  readonly unlogged: boolean;
  /** Null: the one that new tables get anyway. */
  readonly method: string | null;
};

export const storage = (serverVersion: number) =>
  standingSource<Storage>(
    () => sql`select t.oid, jsonb_build_object('options', to_jsonb(t.reloptions),
  'toast', (select to_jsonb(o.reloptions) from pg_class o where o.oid = t.reltoastrelid),
  'tablespace', (select s.spcname from pg_tablespace s where s.oid = t.reltablespace),
  'unlogged', t.relpersistence = 'u',
  'method', (select m.amname from pg_am m where m.oid = t.relam and m.amname <> current_setting('default_table_access_method'))) as facts
from target t`,
    ({ options, toast, tablespace, unlogged, method }, on) => [
      ...(options ?? []).map((option) => optionOn(on, sql``, "", option)),
      ...(toast ?? []).map((option) => optionOn(on, sql`toast.`, "toast.", option)),
      ...(unlogged ? [inWorkspace(on, "persistence", "unlogged", sql`set unlogged`)] : []),
      ...(tablespace === null
        ? []
        : [inWorkspace(on, "tablespace", tablespace, sql`set tablespace ${ident(tablespace)}`)]),
      ...(method === null ? [] : [accessMethod(on, method, serverVersion)]),
    ],
  );

const inWorkspace = (on: Target, kind: string, name: string, action: Sql) =>
  setting(on, { kind, name, workspace: [sql`alter table ${relation(workspaceName(on))} ${action}`] }, () => []);

const optionOn = (on: Target, prefix: Sql, shownPrefix: string, option: string) => {
  const { name, value } = optionOf(option);
  const action = sql`set (${prefix}${ident(name)} = ${literal(value)})`;
  return inWorkspace(on, "storage option", `${shownPrefix}${name}`, action);
};

export const optionOf = (option: string): { readonly name: string; readonly value: string } => {
  const at = option.indexOf("=");
  return { name: option.slice(0, at), value: option.slice(at + 1) };
};

const accessMethod = (on: Target, method: string, serverVersion: number): Standing =>
  serverVersion >= 150_000
    ? inWorkspace(on, "access method", method, sql`set access method ${ident(method)}`)
    : {
        ...{ stage: "unmovable", on: on.name, kind: "access method", name: method, unless: "never" },
        reason: "this server cannot change it (15 can)",
        help: "set default_table_access_method for the target's role",
      };
