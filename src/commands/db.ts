/** `galley db`: the embedded server by hand. Each verb is asked with a project's root and answers with data. */
import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { listEmbedded, type RunningServer } from "../postgres/embedded/list.ts";
import { type Reset, resetEmbedded } from "../postgres/embedded/reset.ts";
import { endServer } from "../postgres/embedded/shut-down.ts";
import { type EmbeddedServer, startEmbedded } from "../postgres/embedded/start.ts";
import { type Stopped, type StopRequest, stopEmbedded } from "../postgres/embedded/stop.ts";

export type { Reset, RunningServer, Stopped, StopRequest };

export type DbInput = {
  readonly projectRoot: string;
  /** Told what is worth knowing: a recovery, orphans that were ended. */
  readonly report: (message: string) => void;
};

/** What may be printed of a server: no password. */
export type DbStarted = Pick<
  EmbeddedServer,
  "projectRoot" | "pid" | "port" | "version" | "isFirstStart" | "wasRunning" | "startedMs"
>;

export const dbStart = (input: DbInput): Promise<Outcome<DbStarted>> =>
  withServer(input, ({ projectRoot, pid, port, version, isFirstStart, wasRunning, startedMs }) => ({
    projectRoot,
    pid,
    port,
    version,
    isFirstStart,
    wasRunning,
    startedMs,
  }));

export const dbStop = (request: StopRequest): Promise<Outcome<Stopped>> => stopEmbedded(request);

export type StoppedAll = { readonly stopped: readonly Stopped[] };

/** Every server of this machine that is this user's; what could not be stopped is said, and the rest goes on. */
export const dbStopAll = async (request: Omit<StopRequest, "projectRoot">): Promise<Outcome<StoppedAll>> => {
  const servers = (await listEmbedded()).filter(({ isOurs }) => isOurs);
  const outcomes = await Promise.all(servers.map((server) => stopOne(server, request)));
  const found = outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.diagnostics));
  if (found.length > 0) return failed(...found);
  return ok({ stopped: outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])) });
};

/** One whose folder is not where it was cannot be asked who uses it: it ends by force only, or by itself. */
const stopOne = async (
  { pid, directory, projectRoot, isDeserted }: RunningServer,
  request: Omit<StopRequest, "projectRoot">,
): Promise<Outcome<Stopped>> => {
  if (!isDeserted) return stopEmbedded({ ...request, projectRoot });
  return ok({ projectRoot, wasRunning: request.others === "end" && (await endServer(pid, directory)) });
};

export const dbList = async (): Promise<Outcome<readonly RunningServer[]>> => ok(await listEmbedded());

/** Over TCP, for any client; starts the server, as an address at which nobody answers is of no use. Secret. */
export const dbUrl = (input: DbInput): Promise<Outcome<string>> => withServer(input, ({ url }) => url);

export type PsqlCall = {
  readonly program: string;
  readonly args: readonly string[];
  /** To be added to the environment; the password goes this way, so that no list of processes shows it. */
  readonly env: Readonly<Record<string, string>>;
};

export type PsqlInput = DbInput & {
  /** The value of PATH. */
  readonly searchPath: string;
  /** What the user wants handed on: `-c "select 1"`. */
  readonly args: readonly string[];
};

export const dbPsql = async (input: PsqlInput): Promise<Outcome<PsqlCall>> => {
  const program = await findProgram("psql", input.searchPath);
  if (program === undefined) {
    return failed(
      errorOf("embedded/no-psql", "there is no psql on PATH, and the embedded PostgreSQL brings none", {
        help: "install PostgreSQL's client programs, or give `galley db url` to a client of your choice",
      }),
    );
  }
  return withServer(input, ({ port, user, password, database }) => ({
    program,
    args: input.args,
    env: {
      PGHOST: "127.0.0.1",
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      PGSSLMODE: "disable",
      PGREQUIREAUTH: "scram-sha-256",
    },
  }));
};

/** The data are put aside and kept. `today` names them. */
export const dbReset = (request: StopRequest, today: Date): Promise<Outcome<Reset>> => resetEmbedded(request, today);

const withServer = async <T>(input: DbInput, use: (server: EmbeddedServer) => T): Promise<Outcome<T>> => {
  const started = await startEmbedded(input);
  if (!started.ok) return started;
  try {
    return ok(use(started.value));
  } finally {
    await started.value.close();
  }
};

const findProgram = async (name: string, searchPath: string): Promise<string | undefined> => {
  for (const folder of searchPath.split(delimiter)) {
    if (folder === "") continue;
    const program = join(folder, name);
    if (await isProgram(program)) return program;
  }
  return undefined;
};

const isProgram = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
};
