/** Twins that were built over a materialized view which publish makes again: they go with it, and are built anew after it. */
import type { Session } from "../../../domain/contracts/database.ts";
import { type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import type { PublishPlan } from "../../../domain/publish-plan.ts";
import { joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { loadRequalifier } from "../../../sql-syntax/requalify.ts";
import { namesOf, type Outside } from "./outside.ts";
import { revokesOf, type Twin, twinStatements } from "./twins.ts";

export type RebuiltTwins = {
  /** Children first. */
  readonly down: readonly Sql[];
  /** Within publish, when the materialized views that they read are there again. */
  readonly build: (session: Session) => Promise<void>;
};

export const rebuiltTwins = ({ twins }: Outside, publish: PublishPlan): RebuiltTwins => {
  const some = onRebound(twins, publish);
  return {
    down: [...some].reverse().map(({ place }) => sql`drop materialized view ${relation(place)}`),
    build: async (session) => {
      if (some.length === 0) return;
      const requalify = await loadRequalifier();
      const names = namesOf(publish, twins);
      const path = (await session.step(sql`select current_setting('search_path') as path`)).at(-1)?.rows[0]?.["path"];
      await session.step(sql`set local search_path = ''`);
      for (const twin of some) {
        await session.step(joinSql(twinStatements(twin, requalify, names), sql`; `));
        for (const revoke of await revokesOf(session, twin)) await session.step(revoke);
      }
      await session.step(
        sql`set local default_tablespace to default; select set_config('search_path', ${literal(path ?? "")}, true)`,
      );
    },
  };
};

/** Directly, or over another of these; a view between them stays where it is. */
const onRebound = (twins: readonly Twin[], { rebound }: PublishPlan): readonly Twin[] => {
  const gone = new Set(rebound.filter((r) => r.kind !== "view").map((r) => relationKey(r.workspace)));
  const found: Twin[] = [];
  for (const twin of twins) {
    if (!twin.of.on.some((on) => gone.has(relationKey(inWorkspace(on))) || gone.has(relationKey(on)))) continue;
    found.push(twin);
    gone.add(relationKey(twin.of.name));
  }
  return found;
};

const inWorkspace = ({ schema, name }: RelationName): RelationName => ({ schema: workspaceOf(schema), name });
