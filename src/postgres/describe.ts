/** Queries in, the columns that each gives out, with types as the server writes them; no row is computed. */
import type pg from "pg";
import type { DescribedColumn } from "../domain/contracts/database.ts";
import { joinSql, literal, type Sql, sql } from "../domain/sql.ts";

/** What the driver tells of a column. */
export type Field = Pick<pg.FieldDef, "name" | "dataTypeID"> & { readonly dataTypeModifier: number };

type Send = (statement: Sql) => Promise<readonly { readonly fields: readonly Field[] }[]>;
type Rows = (statement: Sql) => Promise<readonly Readonly<Record<string, string | null>>[]>;

/** Types do not change their names while a session lasts. */
export const makeDescribe = (send: Send, rows: Rows) => {
  const names = new Map<string, string>();
  return async (queries: readonly Sql[]): Promise<readonly (readonly DescribedColumn[])[]> => {
    if (queries.length === 0) return [];
    const asked = queries.map((query) => sql`select * from (\n${query}\n) as described limit 0`);
    const answers = await send(joinSql(asked, sql`;\n`));
    const unknown = new Map(
      answers.flatMap(({ fields }) => fields.filter((f) => !names.has(keyOf(f))).map((f) => [keyOf(f), f] as const)),
    );
    if (unknown.size > 0) {
      const pairs = [...unknown.values()].map(
        (f) => sql`(${literal(keyOf(f))}, ${literal(f.dataTypeID)}::oid, ${literal(f.dataTypeModifier)})`,
      );
      const named = await rows(
        sql`select key, format_type(type, modifier) as name from (values ${joinSql(pairs, sql`, `)}) as v (key, type, modifier)`,
      );
      for (const row of named) names.set(row["key"] ?? "", row["name"] ?? "");
    }
    return answers.map(({ fields }) => fields.map((f) => ({ name: f.name, type: names.get(keyOf(f)) ?? "text" })));
  };
};

const keyOf = ({ dataTypeID, dataTypeModifier }: Field): string => `${dataTypeID} ${dataTypeModifier}`;
