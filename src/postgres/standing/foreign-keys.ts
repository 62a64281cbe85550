/** Foreign keys from the relation to another, or to itself. */
import { sql } from "../../domain/sql.ts";
import { around, standingSource } from "./source.ts";

type Key = {
  readonly name: string;
  readonly definition: string;
  readonly schema: string;
  readonly table: string;
  readonly qualified: string;
  readonly columns: readonly string[];
  readonly toColumns: readonly string[];
  readonly isValidated: boolean;
};

export const foreignKeys = standingSource<Key>(
  (
    serverVersion,
  ) => sql`select t.oid, jsonb_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid), 'schema', n.nspname, 'table', r.relname,
  'qualified', format('%I.%I', n.nspname, r.relname), 'isValidated', k.convalidated${serverVersion >= 180_000 ? sql` and k.conenforced` : sql``},
  'columns', (select jsonb_agg(a.attname order by p.n) from unnest(k.conkey) with ordinality p(attnum, n) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.attnum),
  'toColumns', (select jsonb_agg(a.attname order by p.n) from unnest(k.confkey) with ordinality p(attnum, n) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.attnum)) as facts
from target t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.conparentid = 0
join pg_class r on r.oid = k.confrelid join pg_namespace n on n.oid = r.relnamespace`,
  ({ name, definition, schema, table, qualified, columns, toColumns, isValidated }, on) => [
    {
      ...{ stage: "key", on: on.name, kind: "foreign key", name, columns, toColumns, isValidated },
      to: { schema, name: table },
      ...around(definition, " REFERENCES ", qualified),
    },
  ],
);
