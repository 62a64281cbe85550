/**
 * Whether live still has the constraints and indexes that are declared. Those of the new rows were just made from the
 * declaration, so that PostgreSQL's own word for each can be compared; what stands on live besides is somebody's, and stays.
 */

import type { DeltaStep } from "../../../domain/build-steps.ts";
import type { Row, Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { relationKey } from "../../../domain/names.ts";
import type { BuildTask } from "../../../domain/plan.ts";
import { joinSql, literal, sql } from "../../../domain/sql.ts";
import { tableLines } from "../../../lib/table.ts";
import { oidOf } from "./columns.ts";

export const structureDifferences = async (
  session: Session,
  task: BuildTask,
  step: DeltaStep,
): Promise<readonly Diagnostic[]> => {
  const keys = joinSql([sql`null::text`, ...step.foreignKeys.map(literal)], sql`, `);
  const rows = await session.rows(sql`
with objects as (
  select conrelid as rel, 'constraint' as kind, conname as name, pg_get_constraintdef(oid) as definition from pg_constraint where contype in ('p', 'u', 'c')
  union all
  select i.indrelid, case when i.indisunique then 'unique index' else 'index' end, c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), '^.*? USING ', 'using ')
  from pg_index i join pg_class c on c.oid = i.indexrelid where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid)
  union all
  select attrelid, 'column', attname, 'not null' from pg_attribute where attnotnull and attnum > 0 and not attisdropped
)
select d.kind, d.name, d.definition, l.definition as live
from objects d left join objects l on l.rel = ${oidOf(step.live)} and l.kind = d.kind and l.name = d.name
where d.rel = ${oidOf(step.delta)} and d.definition is distinct from l.definition
union all
select 'constraint', k.name, 'foreign key', null from unnest(array[${keys}]) as k (name)
where k.name is not null and not exists (select from pg_constraint c where c.conrelid = ${oidOf(step.live)} and c.contype = 'f' and c.conname = k.name)
order by 1, 2`);
  return rows.length === 0 ? [] : [differs(task, rows)];
};

const differs = ({ relation, at, node }: BuildTask, rows: readonly Row[]): Diagnostic => {
  const name = node.split(".").at(-1) ?? node;
  const lines = tableLines({
    columns: ["", "declared", "on live"],
    rows: rows.map((r) => [`${r["kind"]} ${r["name"]}`, r["definition"] ?? "", r["live"] ?? "is not there"]),
    width: 120,
  }).join("\n");
  return errorOf(
    "execute/structure-changed",
    `${relationKey(relation)} has not the constraints and indexes that are declared\n${lines}`,
    {
      at,
      help: `build it whole once: galley build --full-refresh --select ${name}; or make them on live by hand`,
    },
  );
};
