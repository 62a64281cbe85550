/** The query of all failing rows of a test as a person would paste it, and the same for when live has them. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { type Sql, shownText, sql, textOf } from "../../domain/sql.ts";
import { failingRowsQuery } from "../../domain/test-sql.ts";

export const readyQuery = (test: CompiledTest): string => {
  const { failing, relation, where } = test;
  const isShort = failing.kind === "row" && isLine(failing.predicate) && (where === undefined || isLine(where));
  if (!isShort || relation === undefined) return shownText(failingRowsQuery(test)).trim();
  const condition = where === undefined ? failing.predicate : sql`case when ${where} then ${failing.predicate} end`;
  return shownText(sql`select * from ${relation} as t where ${condition}`);
};

/** What has no line break and no comment may stand within a line. */
const isLine = (part: Sql): boolean => !/\n|--/.test(textOf(part).trim()) && !/^\s|\s$/.test(textOf(part));

/** Publish moves a relation from its workspace to live, and the new rows of an incremental model among the others. */
export const onLive = (query: string): string =>
  query.replaceAll(WORKSPACE, (_, schema: string, name: string) => `"${schema}"."${name}"`);

const WORKSPACE = /"((?:[^"]|"")+)__next"\."((?:[^"]|"")+?)(?:__delta)?"/g;
