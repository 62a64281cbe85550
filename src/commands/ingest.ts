/** `galley ingest <mapping> <file>`: one file through one mapping into the raw tables. */
import { createReadStream } from "node:fs";
import { basename, resolve } from "node:path";
import { addAbortSignal } from "node:stream";
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import type { IngestMapping } from "../domain/ingest.ts";
import type { Manifest } from "../domain/manifest.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import { suggest } from "../lib/suggest.ts";
import { loadMapping } from "../stages/ingest/load-mapping.ts";
import { rejectedRows } from "../stages/ingest/rejected-rows.ts";
import { rawLoaded } from "../stages/ingest/seed-raw.ts";
import type { Command } from "./context.ts";
import type { IngestInput } from "./inputs.ts";
import { openProject, refusedWith, tell } from "./open-project.ts";
import { sharedRawRefusal } from "./shared-raw.ts";
import { stoppable } from "./stoppable.ts";
import { withDatabase } from "./with-database.ts";

const STDIN = "-";
const CHUNK_BYTES = 256 * 1024;

/** What was loaded goes out as the event `raw_loaded`; refused rows make it exit 1. */
export const ingest: Command<IngestInput> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest } = opened.value;
  const mapping = manifest.mappings.find((m) => m.name === input.mapping);
  const refusal =
    mapping === undefined ? noMapping(input.mapping, manifest) : sharedRawRefusal("ingest", manifest.target, input);
  if (refusal !== undefined || mapping === undefined) {
    return { exitCode: refusedWith(context, refusal === undefined ? [] : [refusal]), value: undefined };
  }
  return withDatabase(context, opened.value, input, "writes", async ({ database }) => {
    const startedAt = context.now().getTime();
    const fileLabel = input.file === STDIN ? "standard input" : basename(input.file);
    const bookkeeping = bookkeepingSchema(manifest.target.schemaPrefix);
    // A read of standard input ends with the command: nothing else might ever end it.
    const stdin = (): AsyncIterable<Uint8Array> => addAbortSignal(context.signal, context.stdin);
    const source = input.file === STDIN ? stdin() : openFile(context.projectDir, input.file);
    const request = { mapping, source, fileLabel, runId: context.runId, bookkeeping };
    const outcome = await stoppable(context.signal, database, () => loadMapping(database, request));
    tell(context, outcome);
    if (!outcome.ok) return { exitCode: exitOf(outcome.diagnostics), value: undefined };
    const load = outcome.value;
    context.emit(rawLoaded(mapping, fileLabel, load, context.now().getTime() - startedAt));
    if (load.rejected === 0) return { exitCode: 0, value: undefined };
    const are = input.allowsRejects ? "allowed" : "refused";
    return {
      exitCode: refusedWith(context, [rejectedRows(mapping.name, fileLabel, load, bookkeeping, are)]),
      value: undefined,
    };
  });
};

/** Opened when it is read: a mapping that is wrong needs no file. */
async function* openFile(from: string, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(resolve(from, path), { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>;
}

const noMapping = (name: string, { mappings }: Manifest): Diagnostic => {
  const names = mappings.map((m: IngestMapping) => m.name);
  const near = suggest(name, names);
  const known = names.length === 0 ? "the project has no file in ingest/" : `there are: ${names.join(", ")}`;
  return errorOf("ingest/no-such-mapping", `there is no mapping "${name}"`, {
    help: near === undefined ? known : `did you mean "${near}"?`,
  });
};
