/** `galley retry`: goes on from the workspace of the last run of this project and target, if that was not published. */
import { exitOf } from "../domain/exit-code.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import type { IndirectSelection } from "../domain/selection.ts";
import { type EarlierRun, lastRun } from "../stages/execute/resume.ts";
import type { Command } from "./context.ts";
import type { RetryInput, SelectInput } from "./inputs.ts";
import { nothingToRetry } from "./kept.ts";
import { openProject, tell } from "./open-project.ts";
import type { RunVerb } from "./prepare.ts";
import { resumeRun } from "./run-project.ts";
import { withDatabase } from "./with-database.ts";

export const retry: Command<RetryInput> = async (context, input) => {
  const opened = await openProject(context, input, input.threads);
  if (!opened.ok) {
    tell(context, opened);
    return { exitCode: exitOf(opened.diagnostics), value: undefined };
  }
  const { projectName, target } = opened.value.manifest;
  const bookkeeping = bookkeepingSchema(target.schemaPrefix);
  return withDatabase(context, opened.value, input, "writes", async (connection) => {
    const last = await connection.database.withSession("read", (session) =>
      lastRun(session, { bookkeeping, projectName, target: target.name }),
    );
    if (last === undefined || last.isPublished) {
      const never = `nothing to retry: ${projectName} was never built on target ${target.name}`;
      context.emit({ kind: "note", message: last === undefined ? never : nothingToRetry(last) });
      return { exitCode: 0, value: undefined };
    }
    const { keeps, ...asked } = input;
    const again = {
      ...asked,
      ...selectionOf(last),
      vars: input.vars ?? textIn(last, "vars"),
      isFullRefresh: last.args["full_refresh"] === true,
      eventTime: { start: textIn(last, "event_time_start"), end: textIn(last, "event_time_end") },
    };
    return resumeRun(context, again, verbOf(last), { run: last, keeps }, connection);
  });
};

const selectionOf = (run: EarlierRun): SelectInput => ({
  select: wordsIn(run, "select"),
  exclude: wordsIn(run, "exclude"),
  indirectSelection: (textIn(run, "indirect_selection") ?? "eager") as IndirectSelection,
});

const verbOf = (run: EarlierRun): RunVerb => (textIn(run, "verb") ?? run.command) as RunVerb;

const wordsIn = ({ args }: EarlierRun, key: string): readonly string[] => {
  const value = args[key];
  return Array.isArray(value) ? value.map(String) : [];
};

const textIn = ({ args }: EarlierRun, key: string): string | undefined => {
  const value = args[key];
  return typeof value === "string" ? value : undefined;
};
