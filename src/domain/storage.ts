/** How the rows of a table are kept, apart from what they are: logged or not, where, with which of PostgreSQL's parameters. */
import { authored, ident, joinSql, literal, type Sql, sql } from "./sql.ts";

/** `fillfactor`, `autovacuum_enabled`, `toast.autovacuum_enabled` …: PostgreSQL's own names, checked to be letters. */
export type StorageParameters = readonly { readonly name: string; readonly value: string | number | boolean }[];

export type Storage = {
  /** Not written ahead: faster to build, and empty after a crash of the server. */
  readonly isUnlogged: boolean;
  readonly tablespace: string | undefined;
  readonly parameters: StorageParameters;
};

export const PLAIN_STORAGE: Storage = { isUnlogged: false, tablespace: undefined, parameters: [] };

/** Between CREATE and TABLE. */
export const loggingSql = ({ isUnlogged }: Storage): Sql => (isUnlogged ? sql`unlogged ` : sql``);

/** After the name: WITH and TABLESPACE, each with a space in front. */
export const storageSql = ({ parameters, tablespace }: Storage): Sql =>
  sql`${parametersSql(parameters)}${tablespaceSql(tablespace)}`;

export const parametersSql = (parameters: StorageParameters): Sql => {
  if (parameters.length === 0) return sql``;
  const list = parameters.map(({ name, value }) => sql`${authored(name, undefined)} = ${literal(value)}`);
  return sql` with (${joinSql(list, sql`, `)})`;
};

export const tablespaceSql = (name: string | undefined): Sql =>
  name === undefined ? sql`` : sql` tablespace ${ident(name)}`;
