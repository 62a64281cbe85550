/** Which replaced relations will have other columns than now: prepared statements with `select *` break there, once. */
import type { Session } from "../../../domain/contracts/database.ts";
import { type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import { joinSql, literal, sql } from "../../../domain/sql.ts";

/** A sentence for each. */
export const changedRowTypes = async (
  session: Session,
  replaced: readonly RelationName[],
): Promise<readonly string[]> => {
  if (replaced.length === 0) return [];
  const names = replaced.map((n) => sql`(${literal(n.schema)}, ${literal(workspaceOf(n.schema))}, ${literal(n.name)})`);
  const rows = await session.rows(sql`
select r.live, r.name, ${columns("live")} as old, ${columns("next")} as new from (values ${joinSql(names, sql`, `)}) r (live, next, name)`);
  return rows.flatMap((row) => {
    const [old, made] = [columnsIn(row["old"]), columnsIn(row["new"])];
    const changes = changesBetween(old, made);
    if (old.size === 0 || changes.length === 0) return [];
    const key = relationKey({ schema: row["live"] ?? "", name: row["name"] ?? "" });
    return [
      `${key} changes its columns (${changes.join(", ")}): sessions that prepared select * on it must prepare it again`,
    ];
  });
};

const columns = (where: "live" | "next") =>
  sql`(select json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum) from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = ${where === "live" ? sql`r.live` : sql`r.next`} and c.relname = r.name and a.attnum > 0 and not a.attisdropped)`;

const columnsIn = (json: string | null | undefined): ReadonlyMap<string, string> =>
  new Map(JSON.parse(json ?? "[]") as readonly [string, string][]);

const changesBetween = (old: ReadonlyMap<string, string>, made: ReadonlyMap<string, string>): readonly string[] => {
  const changes: string[] = [];
  for (const [name, type] of made) {
    const was = old.get(name);
    if (was === undefined) changes.push(`${name} is new`);
    else if (was !== type) changes.push(`${name} from ${was} to ${type}`);
  }
  for (const name of old.keys()) if (!made.has(name)) changes.push(`${name} is gone`);
  if (changes.length === 0 && [...old.keys()].join("\0") !== [...made.keys()].join("\0"))
    changes.push("in another order");
  return changes;
};
