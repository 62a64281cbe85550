/** `galley show`: the first rows of a model's query, or of a query of one's own, over live as it stands. Read-only. */
import { DatabaseError } from "../domain/contracts/database.ts";
import { databaseDiagnostic } from "../domain/database-diagnostic.ts";
import { failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import { isTest } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import { literal, relation, type Sql, sql } from "../domain/sql.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { compile } from "../stages/compile/compile.ts";
import { compileInline } from "../stages/compile/inline-query.ts";
import { select } from "../stages/select/select.ts";
import type { ShownRows } from "./answers.ts";
import type { Command, CommandContext } from "./context.ts";
import type { ShowInput } from "./inputs.ts";
import { inlineScope, liveRun } from "./live-run.ts";
import { type OpenProject, openProject, refusedWith, tell } from "./open-project.ts";
import { withDatabase } from "./with-database.ts";

type Asked = { readonly node: NodeId | undefined; readonly query: Sql };

export const show: Command<ShowInput, ShownRows> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const asked = await queryOf(context, input, opened.value);
  tell(context, asked);
  if (!asked.ok) return { exitCode: exitOf(asked.diagnostics), value: undefined };
  const { node, query } = asked.value;
  return withDatabase(context, opened.value, input, "reads", async ({ database }) => {
    try {
      const shown = await database.withSession("read", (session) =>
        session.table(sql`select * from (\n${query}\n) as shown limit ${literal(input.limit)}`),
      );
      return { exitCode: 0, value: { node, ...shown } };
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const diagnostic = databaseDiagnostic(error, "execute/sql-error", node ?? "the query", undefined);
      return { exitCode: refusedWith(context, [diagnostic]), value: undefined };
    }
  });
};

const queryOf = async (context: CommandContext, { asked }: ShowInput, opened: OpenProject): Promise<Outcome<Asked>> => {
  const { manifest } = opened;
  if (asked.kind === "inline") {
    const query = await compileInline(manifest, asked.query, inlineScope(opened), liveRun(context));
    return query.ok ? ok({ node: undefined, query: query.value }, query.warnings) : query;
  }
  const selected = select(manifest, { select: asked.select, exclude: [], indirectSelection: "eager" });
  if (!selected.ok) return selected;
  // The first that has rows of its own: `show a+` shows a.
  const id = selected.value.nodes.find((n) => !isTest(manifest.nodes.get(n)));
  const node = id === undefined ? undefined : manifest.nodes.get(id);
  if (id === undefined || node === undefined || isTest(node)) {
    return failed(...(selected.warnings.length > 0 ? selected.warnings : []));
  }
  if (node.kind !== "model") return ok({ node: id, query: sql`select * from ${relation(node.relation)}` });
  const compiled = await compile(manifest, [id], liveRun(context), dataTests);
  if (!compiled.ok) return compiled;
  const query = compiled.value.models.get(id)?.query;
  return query === undefined ? failed() : ok({ node: id, query }, compiled.warnings);
};
