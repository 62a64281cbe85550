/** `galley plan`, and `build --dry-run`: what a build would do and why; nothing is done, nothing is locked. */
import { ok } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import { NOTHING_FORETOLD } from "../domain/forecast.ts";
import { NO_SOURCE_FACTS } from "../domain/source-facts.ts";
import { materializations } from "../plugins/materializations/index.ts";
import { plan as planRun } from "../stages/plan/plan.ts";
import type { ForetoldPlan } from "./answers.ts";
import type { Command } from "./context.ts";
import { forecastOn } from "./forecast.ts";
import type { PlanInput } from "./inputs.ts";
import { refusedWith, tell } from "./open-project.ts";
import { photograph } from "./photograph.ts";
import { prepare } from "./prepare.ts";
import { incrementalsOf } from "./publish-run.ts";
import { pendingOn } from "./raw.ts";
import { sourceFactsOf } from "./source-facts.ts";
import { withDatabase } from "./with-database.ts";

export const plan: Command<PlanInput, ForetoldPlan> = async (context, input) => {
  const prepared = await prepare(context, input, "build");
  tell(context, prepared);
  if (!prepared.ok) return { exitCode: exitOf(prepared.diagnostics), value: undefined };
  return withDatabase(context, prepared.value, input, "reads", async ({ database }) => {
    const pending = await pendingOn(prepared.value, database);
    const catalog = await database.withSession("read", (session) =>
      photograph(database, session, prepared.value.manifest),
    );
    // Pending migrations may make what is not there yet.
    const sources = pending.length > 0 ? NO_SOURCE_FACTS : await sourceFactsOf(prepared.value, database);
    const absentSources = pending.length > 0 ? "expected" : "refused";
    const planned = planRun({
      ...prepared.value,
      catalog,
      materializations,
      foreign: input.foreign,
      freshness: input.freshness,
      incrementals: incrementalsOf(input),
      absentSources,
      sources,
      publish: prepared.value.project.settings.publish,
    });
    if (pending.length > 0) context.emit({ kind: "note", message: `pending migrations: ${pending.join(", ")}` });
    tell(context, planned.ok ? ok(planned.value, planned.warnings) : planned);
    if (!planned.ok) return { exitCode: exitOf(planned.diagnostics), value: undefined };
    const columns =
      pending.length > 0 ? NOTHING_FORETOLD : await forecastOn(prepared.value, database, planned.value, catalog);
    if (columns.broken.length > 0) return { exitCode: refusedWith(context, columns.broken), value: undefined };
    return { exitCode: 0, value: { ...planned.value, columns } };
  });
};
