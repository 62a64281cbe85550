/** Handlebars' tree in, the same tree out, after whitespace control with our idea of which tags stand on a line alone. */
import { type HbProgram, type HbStatement, handlebarsParser } from "./handlebars-parser.ts";

export type ReadTree = {
  readonly program: HbProgram;
  /** Statements whose `type` was changed for whitespace control, with what they are. */
  readonly standIns: ReadonlyMap<HbStatement, "partial" | "tag">;
};

/** Tags that emit nothing and so take their line with them, as a comment does. */
const SILENT = ["config", "params"];

/**
 * Handlebars takes the line break after a partial that stands alone, and re-indents what the partial prints. A macro
 * loses its own last line break instead, and its text is not touched: to whitespace control it is a mustache.
 * Throws what Handlebars throws.
 */
export const readTree = (text: string): ReadTree => {
  const { parse, parseWithoutProcessing } = handlebarsParser();
  const program = parseWithoutProcessing(text);
  const standIns = new Map<HbStatement, "partial" | "tag">();
  relabel(program, standIns);
  return { program: parse(program), standIns };
};

const relabel = (program: HbProgram, standIns: Map<HbStatement, "partial" | "tag">): void => {
  for (const statement of program.body) {
    if (statement.type === "PartialStatement") {
      standIns.set(statement, "partial");
      statement.type = "MustacheStatement";
    } else if (statement.type === "MustacheStatement" && "path" in statement && isSilent(statement.path)) {
      standIns.set(statement, "tag");
      statement.type = "CommentStatement";
    } else if (statement.type === "BlockStatement") {
      if (statement.program !== undefined) relabel(statement.program, standIns);
      if (statement.inverse !== undefined) relabel(statement.inverse, standIns);
    }
  }
};

const isSilent = (path: { readonly type: string; readonly original?: unknown }): boolean =>
  path.type === "PathExpression" && typeof path.original === "string" && SILENT.includes(path.original);
