/** Which replaced relations will have other columns than now: prepared statements with `select *` break there, once. */
import type { Session } from "../../../domain/contracts/database.ts";
import { type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import { joinSql, literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";

/** A sentence for each. */
export const changedRowTypes = async (
  session: Session,
  replaced: readonly RelationName[],
): Promise<readonly string[]> => {
  const pairs = replaced.map((live) => ({ live, made: { schema: workspaceOf(live.schema), name: live.name } }));
  return (await changedColumns(session, pairs)).map(
    ({ relation: changed, changes }) =>
      `${relationKey(changed)} changes its columns (${changes.join(", ")}): sessions that prepared select * on it must prepare it again`,
  );
};

/** What stands on live, and what has the columns that it will have. */
type Pair = { readonly live: RelationName; readonly made: RelationName };

export const changedColumns = async (
  session: Session,
  pairs: readonly Pair[],
): Promise<readonly { readonly relation: RelationName; readonly changes: readonly string[] }[]> => {
  if (pairs.length === 0) return [];
  const names = pairs.map(({ live, made }, i) => sql`(${literal(i)}, ${oid(live)}, ${oid(made)})`);
  const rows = await session.rows(sql`
select r.i, ${columns(sql`r.live`)} as old, ${columns(sql`r.made`)} as new from (values ${joinSql(names, sql`, `)}) r (i, live, made) order by r.i`);
  return rows.flatMap((row) => {
    const live = pairs[Number(row["i"])]?.live;
    const [old, made] = [columnsIn(row["old"]), columnsIn(row["new"])];
    const changes = changesBetween(old, made);
    return live === undefined || old.size === 0 || changes.length === 0 ? [] : [{ relation: live, changes }];
  });
};

const oid = (name: RelationName): Sql => sql`to_regclass(${literal(textOf(relation(name)))})`;

const columns = (of: Sql): Sql =>
  sql`(select json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) order by a.attnum) from pg_attribute a where a.attrelid = ${of} and a.attnum > 0 and not a.attisdropped)`;

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
