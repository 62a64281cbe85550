/** A plain seed's file into a new table of the workspace: the table is made with the types that the file asks for. */
import { join } from "node:path";
import { ok } from "../domain/diagnostic.ts";
import { authored, ident, joinSql, relation, sql } from "../domain/sql.ts";
import type { LoadSeed } from "../stages/execute/make-data.ts";
import type { SeedColumns } from "../stages/execute/unit/columns.ts";
import { copySeed } from "../stages/ingest/copy-seed.ts";
import { planSeed } from "../stages/ingest/plan-seed.ts";

/** The columns that its table would have. */
export const seedColumnsOf =
  (root: string): SeedColumns =>
  async (seed) => {
    const planned = await planSeed({ absolutePath: join(root, seed.path), label: seed.path }, seed.config);
    return planned.ok
      ? ok(planned.value.columns.map((c) => ({ name: c.name, type: authored(c.type, undefined) })))
      : planned;
  };

export const loadSeedNode =
  (root: string): LoadSeed =>
  async (session, seed, into) => {
    const planned = await planSeed({ absolutePath: join(root, seed.path), label: seed.path }, seed.config);
    if (!planned.ok) return planned;
    const columns = planned.value.columns.map((c) => sql`${ident(c.name)} ${authored(c.type, undefined)}`);
    await session.run(sql`create table ${relation(into)} (${joinSql(columns, sql`, `)})`);
    const copied = await copySeed(session, into, planned.value);
    if (!copied.ok) return copied;
    return ok({ rows: copied.value.rows }, [...planned.warnings, ...copied.warnings]);
  };
