/** Features of one entity after another as of a time, over one connection with prepared statements: for a program that serves them. */
import { DatabaseError } from "../domain/contracts/database.ts";
import { databaseDiagnostic } from "../domain/database-diagnostic.ts";
import { failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import { sql } from "../domain/sql.ts";
import { type ServedRequest, type Server, serveViews } from "../stages/features/serve.ts";
import type { ShownRows } from "./answers.ts";
import type { Command, CommandContext, CommandResult } from "./context.ts";
import { featureViews } from "./feature-views.ts";
import type { EntityInput, FeatureInput } from "./inputs.ts";
import { type OpenProject, openProject, tell } from "./open-project.ts";
import { withDatabase } from "./with-database.ts";

/** A number, a truth, a text, or nothing known. `bigint` and whatever is no number stay text. */
export type FeatureValue = number | boolean | string | null;

export type FeatureServer = {
  readonly get: (request: ServedRequest) => Promise<Outcome<Readonly<Record<string, FeatureValue>>>>;
  readonly close: () => Promise<void>;
};

/** The connection is open until the server is closed. */
export const openFeatureServer: Command<FeatureInput, FeatureServer> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  let close = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  return new Promise<CommandResult<FeatureServer>>((answer, fail) => {
    const closing = (): Promise<void> => {
      close();
      return ended;
    };
    const ended: Promise<void> = onServer(context, opened.value, input, async (server) => {
      answer({ exitCode: 0, value: { get: server, close: closing } });
      await closed;
    }).then((refused) => answer(refused), fail);
  });
};

/** `galley features --entity`: one entity's features, once. */
export const entityFeatures: Command<EntityInput, ShownRows> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  let answer: CommandResult<ShownRows> = { exitCode: 0, value: undefined };
  const refused = await onServer(context, opened.value, input, async (_, server) => {
    const outcome = await server().serve(input);
    tell(context, outcome);
    answer = outcome.ok
      ? { exitCode: 0, value: { node: undefined, ...outcome.value } }
      : { exitCode: exitOf(outcome.diagnostics), value: undefined };
  });
  return refused.exitCode === 0 ? answer : { exitCode: refused.exitCode, value: undefined };
};

const onServer = (
  context: CommandContext,
  { project, manifest }: OpenProject,
  input: FeatureInput,
  use: (get: FeatureServer["get"], server: () => Server) => Promise<void>,
): Promise<CommandResult<never>> =>
  withDatabase<never>(context, { project, manifest }, input, "reads", ({ database }) =>
    database.withSession("read", async (session) => {
      await session.run(sql`set timezone = 'UTC'; set datestyle = 'ISO, YMD'`);
      let generation = 0;
      const open = async (): Promise<Outcome<Server>> => {
        const views = await featureViews(manifest, session, input);
        return views.ok
          ? ok(serveViews(session, views.value, input.maxAge, `galley_${generation++}`), views.warnings)
          : views;
      };
      const first = await open();
      tell(context, first);
      if (!first.ok) return { exitCode: exitOf(first.diagnostics), value: undefined };
      let server = first.value;
      const get: FeatureServer["get"] = async (request) => {
        const served = await servedBy(server, request);
        if (served !== "changed") return served;
        const again = await open();
        if (!again.ok) return again;
        server = again.value;
        const second = await servedBy(server, request);
        return second === "changed" ? failed() : second;
      };
      await use(get, () => server);
      return { exitCode: 0, value: undefined };
    }),
  );

/** What a publish that changes a relation's columns does to a plan that is kept. */
const CHANGED = ["0A000", "42703", "42P01"];

const servedBy = async (
  server: Server,
  request: ServedRequest,
): Promise<Outcome<Readonly<Record<string, FeatureValue>>> | "changed"> => {
  try {
    const served = await server.serve(request);
    if (!served.ok) return served;
    const [row = []] = served.value.rows;
    const entries = server.columns.map(({ name, type }, i) => [name, typed(type, row[i] ?? null)] as const);
    return ok(Object.fromEntries(entries));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (CHANGED.includes(error.sqlstate)) return "changed";
    return failed(databaseDiagnostic(error, "execute/sql-error", "features", undefined));
  }
};

const NUMBERS = /^(smallint|integer|real|double precision|numeric(\(.*\))?)$/;

const typed = (type: string, text: string | null): FeatureValue => {
  if (text === null) return null;
  if (type === "boolean") return text === "t";
  return NUMBERS.test(type) ? Number(text) : text;
};
