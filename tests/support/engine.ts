/** A project on a database of its own, and runs of it in this process: what they told, and how they ended. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import pg from "pg";
import type {
  CheckedModel,
  ForetoldPlan,
  GeneratedTest,
  HistoryReport,
  LeakageReport,
  Removal,
} from "../../src/commands/answers.ts";
import { build } from "../../src/commands/build.ts";
import { checkIncremental } from "../../src/commands/check-incremental.ts";
import { checkLeakage } from "../../src/commands/check-leakage.ts";
import { checkSourceHistory } from "../../src/commands/check-source-history.ts";
import { clean } from "../../src/commands/clean.ts";
import type { CommandContext, CommandResult } from "../../src/commands/context.ts";
import { failures } from "../../src/commands/failures.ts";
import { freshness } from "../../src/commands/freshness.ts";
import { generateUnitTest } from "../../src/commands/generate-unit-test.ts";
import type {
  FailuresInput,
  GenerateInput,
  HistoryInput,
  LeakageInput,
  ProjectInput,
  RunInput,
  TestInput,
} from "../../src/commands/inputs.ts";
import { plan } from "../../src/commands/plan.ts";
import { refresh } from "../../src/commands/refresh.ts";
import { retry } from "../../src/commands/retry.ts";
import { test as testVerb } from "../../src/commands/test.ts";
import type { Diagnostic } from "../../src/domain/diagnostic.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import type { FoundFailures } from "../../src/domain/found-failures.ts";
import { foldEvents, type RunResult } from "../../src/domain/result.ts";
import { type TestDatabase, withTestDatabase } from "./database.ts";
import { makeProject, type TestProject } from "./project.ts";
import type { ServerName } from "./servers.ts";

export type Told<T = undefined> = {
  readonly exit: number;
  readonly value: T | undefined;
  readonly events: readonly RunEvent[];
  readonly result: RunResult;
  readonly diagnostics: readonly Diagnostic[];
  /** `code: message`, errors and warnings, in the order in which they were told. */
  readonly complaints: readonly string[];
};

type Asked = {
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  readonly isFailFast?: boolean;
  readonly rows?: RunInput["rows"];
  readonly isFullRefresh?: boolean;
  readonly eventTime?: RunInput["eventTime"];
  /** The clock of the run; the machine's unless said. */
  readonly now?: Date;
  readonly readers?: "strict" | "warn";
  readonly foreign?: "adopted" | "refused";
  readonly freshness?: RunInput["freshness"];
  readonly lockWaitMs?: number;
  readonly vars?: string;
  readonly signal?: AbortSignal;
  readonly runId?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onEvent?: (event: RunEvent) => void;
};

export type Engine = {
  readonly database: TestDatabase;
  readonly project: TestProject;
  readonly env: Readonly<Record<string, string>>;
  readonly build: (asked?: Asked) => Promise<Told>;
  readonly retry: (asked?: Asked & { readonly keeps?: "unchanged" | "none" }) => Promise<Told>;
  readonly plan: (asked?: Asked) => Promise<Told<ForetoldPlan>>;
  readonly test: (
    asked?: Asked & Partial<Pick<TestInput, "against" | "changedSince" | "constraints">>,
  ) => Promise<Told>;
  readonly failures: (
    asked?: Pick<Asked, "select"> & Partial<Pick<FailuresInput, "run" | "since" | "test" | "limit">>,
  ) => Promise<Told<FoundFailures>>;
  readonly generateUnitTest: (
    asked: Pick<Asked, "now"> & Pick<GenerateInput, "model"> & Partial<GenerateInput>,
  ) => Promise<Told<GeneratedTest>>;
  readonly freshness: (asked?: Asked & Pick<Partial<ProjectInput>, "isWarnError">) => Promise<Told>;
  readonly refresh: (asked?: Asked) => Promise<Told>;
  readonly checkIncremental: (asked?: Asked) => Promise<Told<readonly CheckedModel[]>>;
  readonly checkSourceHistory: (asked?: Asked & Partial<HistoryInput>) => Promise<Told<HistoryReport>>;
  readonly checkLeakage: (asked?: Asked & Partial<LeakageInput>) => Promise<Told<LeakageReport>>;
  readonly clean: (asked?: Asked & CleanAsked) => Promise<Told<readonly Removal[]>>;
  /** `schema.relation` of all that stands outside the server's own schemas and Galley's, sorted. */
  readonly relations: () => Promise<readonly string[]>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

type CleanAsked = { readonly dropsOrphans?: boolean; readonly isDryRun?: boolean };

/** Settings of the target besides its URL, and of the project. */
export type EngineSettings = {
  readonly target?: string;
  readonly project?: string;
  /** Which server the database stands on; the newest unless said. */
  readonly server?: ServerName;
};

export const projectYml = ({ target = "", project = "" }: EngineSettings = {}): string => `name: shop
target: server
schema: shop
targets:
  server: { type: postgres, url: "\${DATABASE_URL}", threads: 4${target === "" ? "" : `, ${target}`} }
models: { +materialized: table }
${project}
`;

export const withEngine = async (
  files: Readonly<Record<string, string>>,
  settings: EngineSettings = {},
): Promise<Engine> => {
  const [database, project] = await Promise.all([
    withTestDatabase(settings.server),
    makeProject({ "project.yml": projectYml(settings), ...files }),
  ]);
  return engineOn(project, database);
};

/** Several projects may share a database. */
export const engineOn = (project: TestProject, database: TestDatabase): Engine => {
  const env = { DATABASE_URL: database.url };
  const told = async <T>(
    asked: Asked,
    run: (context: CommandContext) => Promise<CommandResult<T>>,
  ): Promise<Told<T>> => {
    const events: RunEvent[] = [];
    const context: CommandContext = {
      projectDir: project.root,
      env: { ...env, ...asked.env },
      signal: asked.signal ?? new AbortController().signal,
      emit: (event) => {
        events.push(event);
        asked.onEvent?.(event);
      },
      now: () => asked.now ?? new Date(),
      runId: asked.runId ?? randomUUID(),
      version: "0.0.0-test",
      stdin: Readable.from([]),
      confirm: async () => false,
    };
    const { exitCode, value } = await run(context);
    const diagnostics = events.flatMap((e) => {
      if (e.kind === "diagnostic") return [e.diagnostic];
      const isEnding = e.kind === "node_finished" || e.kind === "test_finished" || e.kind === "freshness_checked";
      return isEnding && e.diagnostic !== undefined ? [e.diagnostic] : [];
    });
    return {
      exit: exitCode,
      value,
      events,
      result: foldEvents(events),
      diagnostics,
      complaints: diagnostics.map((d) => `${d.code}: ${d.message}`),
    };
  };
  return {
    database,
    project,
    env,
    build: (asked = {}) => told(asked, (context) => build(context, runInput(asked))),
    retry: (asked = {}) =>
      told(asked, (context) => {
        const { select: _select, exclude: _exclude, indirectSelection: _indirect, ...input } = runInput(asked);
        return retry(context, { ...input, keeps: asked.keeps ?? "unchanged" });
      }),
    plan: (asked = {}) => told(asked, (context) => plan(context, runInput(asked))),
    test: (asked = {}) =>
      told(asked, (context) => {
        const input: TestInput = {
          ...runInput(asked),
          against: asked.against ?? "live",
          changedSince: asked.changedSince,
          constraints: asked.constraints ?? "trusted",
        };
        return testVerb(context, input);
      }),
    failures: ({ select, run, since, test, limit } = {}) =>
      told({}, (context) =>
        failures(context, { ...runInput({ ...(select === undefined ? {} : { select }) }), run, since, test, limit }),
      ),
    generateUnitTest: ({ now, ...asked }) =>
      told(now === undefined ? {} : { now }, (context) =>
        generateUnitTest(context, { ...projectInput, rows: 5, ...asked }),
      ),
    freshness: (asked = {}) =>
      told(asked, (context) => freshness(context, { ...runInput(asked), isWarnError: asked.isWarnError ?? false })),
    refresh: (asked = {}) => told(asked, (context) => refresh(context, runInput(asked))),
    checkIncremental: (asked = {}) => told(asked, (context) => checkIncremental(context, runInput(asked))),
    checkSourceHistory: (asked = {}) =>
      told(asked, (context) =>
        checkSourceHistory(context, {
          ...runInput(asked),
          keep: asked.keep ?? 30,
          sample: asked.sample,
          isStrict: asked.isStrict ?? false,
        }),
      ),
    checkLeakage: (asked = {}) =>
      told(asked, (context) =>
        checkLeakage(context, {
          ...runInput(asked),
          cutoffs: asked.cutoffs ?? 8,
          at: asked.at ?? [],
          seed: asked.seed ?? 7,
          sample: asked.sample,
          isStrict: asked.isStrict ?? false,
        }),
      ),
    clean: (asked = {}) =>
      told(asked, (context) =>
        clean(context, {
          ...projectInput,
          dropsOrphans: asked.dropsOrphans ?? false,
          isDryRun: asked.isDryRun ?? false,
        }),
      ),
    relations: async () => {
      const rows = await database.query(
        `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname !~ '^pg_|^information_schema$' and n.nspname not like '%galley' and c.relkind in ('r', 'v', 'm', 'p', 'f', 'S', 'c')
         order by 1`,
      );
      return rows.map((row) => String(row["name"]));
    },
    [Symbol.asyncDispose]: async () => {
      await project.remove();
      await database.drop();
    },
  };
};

const projectInput: ProjectInput = { target: undefined, vars: undefined, isWarnError: false, isDebug: false };

const runInput = (asked: Asked): RunInput => ({
  ...projectInput,
  vars: asked.vars,
  select: asked.select ?? [],
  exclude: asked.exclude ?? [],
  indirectSelection: "eager",
  threads: undefined,
  isFailFast: asked.isFailFast ?? false,
  rows: asked.rows ?? "as configured",
  isFullRefresh: asked.isFullRefresh ?? false,
  eventTime: asked.eventTime ?? { start: undefined, end: undefined },
  allowsRejects: false,
  readers: asked.readers ?? "warn",
  foreign: asked.foreign ?? "refused",
  freshness: asked.freshness ?? "configured",
  lockWaitMs: asked.lockWaitMs ?? 0,
});

/** What stands in each relation of the live schemas: its oid, and a sum over its rows. */
export const photographOf = async (
  { query }: TestDatabase,
  schemas: readonly string[],
): Promise<Readonly<Record<string, string>>> => {
  const relations = await query(
    `select c.oid::text as oid, n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'v', 'm') order by 2, 3`,
    [schemas],
  );
  const sums: Record<string, string> = {};
  for (const { oid, schema, name } of relations) {
    const from = `"${String(schema).replaceAll('"', '""')}"."${String(name).replaceAll('"', '""')}"`;
    const [row] = await query(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as sum from ${from} t`,
    );
    sums[`${schema}.${name}`] = `${oid} ${row?.["sum"]}`;
  }
  return sums;
};

/** A session that a test holds open; ended with the scope. */
export const openClient = async (url: string, application = "reader") => {
  const client = new pg.Client({ connectionString: url, application_name: application });
  client.on("error", () => undefined);
  await client.connect();
  const query = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const answer = await client.query(text);
    const last = Array.isArray(answer) ? answer.at(-1) : answer;
    return last.rows;
  };
  return {
    query,
    pid: Number((await query("select pg_backend_pid() as pid"))[0]?.["pid"]),
    end: () => client.end().catch(() => undefined),
    [Symbol.asyncDispose]: () => client.end().catch(() => undefined),
  };
};

/** Asks until the answer is yes: a condition of the database, never a time. Gives up where it can only be a fault. */
export const until = async (holds: () => Promise<boolean>): Promise<void> => {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > 30_000) throw new Error(`never came true: ${holds}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
