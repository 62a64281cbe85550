/** `galley features --entities`: rows of a file or a query with their features as of each row's time, into one file or a stream. */
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { addAbortSignal, type Writable } from "node:stream";
import type { Session } from "../domain/contracts/database.ts";
import { DatabaseError } from "../domain/contracts/database.ts";
import { databaseDiagnostic } from "../domain/database-diagnostic.ts";
import { errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import { compileInline } from "../stages/compile/inline-query.ts";
import { openEntityFile } from "../stages/features/entity-file.ts";
import type { EntitySource } from "../stages/features/entity-table.ts";
import { openParquet } from "../stages/features/parquet.ts";
import { type TrainingSet, withTrainingSet } from "../stages/features/training-set.ts";
import type { Command, CommandContext } from "./context.ts";
import { featureViews } from "./feature-views.ts";
import type { TrainingInput } from "./inputs.ts";
import { inlineScope, liveRun } from "./live-run.ts";
import { type OpenProject, openProject, tell } from "./open-project.ts";
import { stoppable } from "./stoppable.ts";
import { withDatabase } from "./with-database.ts";

/** How many rows were written, and where. */
export type WrittenSet = { readonly rows: number; readonly columns: readonly string[] };

const STDIN = "-";
const CHUNK_BYTES = 256 * 1024;

export const trainingSet: Command<TrainingInput, WrittenSet> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  return withDatabase(context, opened.value, input, "reads", async ({ database }) => {
    const outcome = await stoppable(context.signal, database, () =>
      // A session of its own: its temporary table would be in the way of no other.
      database.withSession("model", (session) => answered(context, opened.value, input, session)),
    ).catch((error: unknown) => failedOn(error));
    tell(context, outcome);
    return outcome.ok
      ? { exitCode: 0, value: outcome.value }
      : { exitCode: exitOf(outcome.diagnostics), value: undefined };
  });
};

const failedOn = (error: unknown): Outcome<WrittenSet> => {
  if (error instanceof DatabaseError)
    return failed(databaseDiagnostic(error, "execute/sql-error", "features", undefined));
  if (error instanceof Error && "code" in error && "syscall" in error)
    return failed(errorOf("features/cannot-write", error.message, { help: "does the folder exist, and is it yours?" }));
  throw error;
};

const answered = async (
  context: CommandContext,
  opened: OpenProject,
  input: TrainingInput,
  session: Session,
): Promise<Outcome<WrittenSet>> => {
  const views = await featureViews(opened.manifest, session, input);
  if (!views.ok) return views;
  const entities = await entitiesOf(context, opened, input.entities);
  if (!entities.ok) return entities;
  const { times, maxAge, out } = input;
  const request = { entities: entities.value, views: views.value, times, maxAge };
  const done = await withTrainingSet(session, request, async (set) => {
    const rows =
      out.kind === "stream"
        ? await set.write({ kind: "csv", stream: out.stream })
        : await intoFile(context, set, out.path);
    return { rows, columns: set.columns.map(({ name }) => name) };
  });
  return done.ok ? ok(done.value, [...views.warnings, ...entities.warnings, ...done.warnings]) : done;
};

/** What ends in .csv, or is `-`, is a file; anything else is a query. */
const entitiesOf = async (
  context: CommandContext,
  opened: OpenProject,
  entities: string,
): Promise<Outcome<EntitySource>> => {
  const isFile = entities === STDIN || /\.csv$/i.test(entities);
  if (!isFile) {
    const query = await compileInline(opened.manifest, entities, inlineScope(opened), liveRun(context));
    return query.ok ? ok({ kind: "query", query: query.value }, query.warnings) : query;
  }
  const label = entities === STDIN ? "standard input" : basename(entities);
  try {
    const file = await openEntityFile(
      entities === STDIN ? addAbortSignal(context.signal, context.stdin) : bytesOf(context, entities),
      label,
    );
    return file.ok ? ok({ kind: "file", file: file.value }, file.warnings) : file;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const help = "a path is relative to where you are";
    return failed(errorOf("features/bad-entities", `${entities} cannot be read (${error.code})`, { help }));
  }
};

const bytesOf = ({ projectDir }: CommandContext, path: string): AsyncIterable<Uint8Array> =>
  createReadStream(resolve(projectDir, path), { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>;

/** Written beside, and renamed when it is whole: who reads the file never sees half of it. */
const intoFile = async ({ projectDir, runId }: CommandContext, set: TrainingSet, out: string): Promise<number> => {
  const path = resolve(projectDir, out);
  const aside = join(dirname(path), `.${basename(path)}.${runId.slice(0, 8)}.tmp`);
  try {
    const rows = await (/\.parquet$/i.test(path) ? intoParquet(set, aside) : intoCsv(set, aside));
    await rename(aside, path);
    return rows;
  } finally {
    await rm(aside, { force: true });
  }
};

const intoCsv = async (set: TrainingSet, path: string): Promise<number> => {
  const stream: Writable = createWriteStream(path);
  await once(stream, "open");
  const rows = await set.write({ kind: "csv", stream });
  stream.end();
  await once(stream, "close");
  return rows;
};

const intoParquet = async (set: TrainingSet, path: string): Promise<number> => {
  const file = openParquet(path, set.columns);
  const rows = await set.write({ kind: "batches", take: file.take });
  await file.finish();
  return rows;
};
