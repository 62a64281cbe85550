/** From a node's descriptions to COMMENT statements on its relation; of a column that is not there it only warns. */
import type { Session } from "../../domain/contracts/database.ts";
import { warningOf } from "../../domain/diagnostic.ts";
import type { BuildTask } from "../../domain/plan.ts";
import { ident, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { kindSql } from "./drop-relations.ts";
import type { RunContext } from "./run-context.ts";

/** What holds a delta goes, and live keeps its comments. */
export const hasComments = ({ comments, data }: BuildTask): boolean =>
  data.kind !== "delta" && (comments.relation !== undefined || comments.columns.length > 0);

export const commentStatements = async (
  run: Pick<RunContext, "emit">,
  session: Session,
  task: BuildTask,
): Promise<readonly Sql[]> => {
  if (!hasComments(task)) return [];
  const { comments, workspace, relationKind, node } = task;
  const there = comments.columns.length === 0 ? new Set() : await columnsOf(session, workspace);
  const columns = comments.columns.flatMap(({ name, text, at }) => {
    if (there.has(name)) return [sql`comment on column ${relation(workspace)}.${ident(name)} is ${literal(text)}`];
    const help = "describe the columns that the query gives; names are taken as they are written";
    const diagnostic = warningOf("execute/no-such-column", `${node} has no column \`${name}\``, { at, help });
    run.emit({ kind: "diagnostic", diagnostic });
    return [];
  });
  if (comments.relation === undefined) return columns;
  return [sql`comment on ${kindSql(relationKind)} ${relation(workspace)} is ${literal(comments.relation)}`, ...columns];
};

const columnsOf = async (session: Session, { schema, name }: BuildTask["workspace"]): Promise<ReadonlySet<unknown>> => {
  const rows = await session.rows(
    sql`select a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${literal(schema)} and c.relname = ${literal(name)} and a.attnum > 0 and not a.attisdropped`,
  );
  return new Set(rows.map((row) => row["attname"]));
};
