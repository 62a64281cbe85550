/** From a node's descriptions to the statements that comment its relation; of a column that is not there it only warns. */
import type { QueryResult } from "../../domain/contracts/database.ts";
import { warningOf } from "../../domain/diagnostic.ts";
import type { RelationName } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import { joinSql, literal, relation, type Sql, sql, textOf } from "../../domain/sql.ts";
import { kindSql } from "./drop-relations.ts";
import type { RunContext } from "./run-context.ts";

export const commentStatements = ({ comments, relationKind, workspace }: BuildTask): readonly Sql[] =>
  commentsOn(workspace, relationKind, comments);

export const commentsOn = (
  on: RelationName,
  kind: BuildTask["relationKind"],
  { relation: text, columns }: BuildTask["comments"],
): readonly Sql[] => [
  ...(text === undefined ? [] : [sql`comment on ${kindSql(kind)} ${relation(on)} is ${literal(text)}`]),
  ...(columns.length === 0 ? [] : [commentColumns(on, columns)]),
];

/** The server looks which columns there are, so that this goes along with what makes them, in one message. */
const commentColumns = (on: RelationName, columns: BuildTask["comments"]["columns"]): Sql => {
  const described = joinSql(
    columns.map(({ name, text }) => sql`(${literal(name)}, ${literal(text)})`),
    sql`, `,
  );
  const { schema, name } = on;
  const body = sql`declare d record; begin for d in select name, text from (values ${described}) as described (name, text) where name in (${columnsOf(on)}) loop execute format('comment on column %I.%I.%I is %L', ${literal(schema)}, ${literal(name)}, d.name, d.text); end loop; end`;
  return sql`do ${literal(textOf(body))}`;
};

const columnsOf = (on: RelationName): Sql =>
  sql`select attname from pg_attribute where attrelid = ${literal(textOf(relation(on)))}::regclass and attnum > 0 and not attisdropped`;

/** Behind the end of the transaction, as the last statement of its message: `warnOfComments` reads the answer. */
export const askOfComments = (task: BuildTask): Sql => {
  const { columns } = task.comments;
  if (columns.length === 0) return sql``;
  const names = joinSql(
    columns.map(({ name }) => sql`(${literal(name)})`),
    sql`, `,
  );
  return sql`; select name from (values ${names}) as described (name) where name not in (${columnsOf(task.workspace)})`;
};

export const warnOfComments = (
  run: Pick<RunContext, "emit">,
  task: BuildTask,
  results: readonly QueryResult[],
): void => {
  if (textOf(askOfComments(task)) === "") return;
  const missing = new Set(results.at(-1)?.rows.map((row) => row["name"]));
  for (const { name, at } of task.comments.columns) {
    if (!missing.has(name)) continue;
    const help = "describe the columns that the query gives; names are taken as they are written";
    const diagnostic = warningOf("execute/no-such-column", `${task.node} has no column \`${name}\``, { at, help });
    run.emit({ kind: "diagnostic", diagnostic });
  }
};
