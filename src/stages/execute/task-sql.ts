/** What the statements of one node share: its name in a comment, where its rows stand, when nothing is left to do. */
import type { RelationName } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import { authored, relation, type Sql, sql } from "../../domain/sql.ts";
import { commentStatements } from "./comments.ts";

/** Names the node in pg_stat_activity and the server's log. A slash cannot stand in an id, so it ends no comment. */
export const commentOf = (task: BuildTask): Sql => authored(`/* galley: ${task.node} */ `, undefined);

/** Nothing is left to do after the data: then its rows, comments, record and ANALYZE are one message. */
export const isDoneWithData = (task: BuildTask): boolean =>
  task.constraints.length + task.checks.length + task.standing.length === 0 &&
  task.data.kind !== "delta" &&
  task.data.kind !== "batches" &&
  !(task.data.kind === "snapshot" && commentStatements(task).length > 0);

/** Where the rows stand that were built. */
export const rowsAt = ({ data, workspace }: BuildTask): RelationName =>
  data.kind === "delta" ? data.step.delta : workspace;

export const analyzeOf = (task: BuildTask): Sql => (task.isAnalyzed ? sql`; analyze ${relation(rowsAt(task))}` : sql``);
