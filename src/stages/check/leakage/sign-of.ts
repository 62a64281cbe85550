/** Where a difference begins in; what its SQL looks like, as its author knows it, and where the guide shows it. */
import type { LeakFinding } from "../../../domain/leakage.ts";
import type { NodeId } from "../../../domain/names.ts";
import { textOf } from "../../../domain/sql.ts";
import { leakSignIn } from "../../../sql-syntax/leak-signs.ts";
import { loadParser } from "../../../sql-syntax/parser.ts";
import type { Stage } from "./stage.ts";

export const signOf = async (
  stage: Stage,
  node: NodeId,
  column: string | undefined,
  times: readonly string[],
): Promise<LeakFinding["looksLike"]> => {
  const query = stage.queries.get(node);
  if (query === undefined) return undefined;
  const parse = await loadParser();
  const text = textOf(query);
  const parsed = parse(text);
  const [statement] = parsed.kind === "statements" ? parsed.statements : [];
  if (statement === undefined || parsed.kind === "error") return undefined;
  const sign = leakSignIn(statement.tree, text, parsed.offsetOf, { column, times });
  if (sign === undefined) return undefined;
  const shown = shownSql(sign.shown, stage);
  return { what: shown === "" ? sign.what : `${sign.what}: ${shown}`, link: `docs/leakage.md#${sign.anchor}` };
};

const LONGEST = 60;

/** As its author knows it: without the check's own schemas, on one line. */
const shownSql = (line: string, { base }: Stage): string => {
  const schemas = [...new Set([...base.values()].map((r) => r.schema))];
  const own = schemas.reduce((text, schema) => text.replaceAll(`"${schema}".`, ""), line);
  const one = own.replace(/\s+/g, " ").trim().replace(/,$/, "");
  return one.length <= LONGEST ? one : `${one.slice(0, LONGEST - 1)}…`;
};
