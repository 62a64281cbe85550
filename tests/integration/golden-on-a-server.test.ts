/**
 * What Galley says of wrong data, mappings, migrations and builds, word for word, on a real server. Settings of a case:
 * `argv`, what is run (the words of a build are what it selects); `before`, SQL after the migrations and before it;
 * `first`, what is run before that SQL; `show`, a query whose rows belong to the answer.
 * After a wanted change: `GALLEY_UPDATE_GOLDEN=1 npx vitest run tests/integration/golden-on-a-server`, then read the difference.
 */
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build } from "../../src/commands/build.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { ingest } from "../../src/commands/ingest.ts";
import type { RawInput, RunInput } from "../../src/commands/inputs.ts";
import { migrate } from "../../src/commands/migrate.ts";
import { seed } from "../../src/commands/seed.ts";
import { CODES } from "../../src/domain/codes.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import { showDiagnostic } from "../../src/domain/show-diagnostic.ts";
import { type TestDatabase, withTestDatabase } from "../support/database.ts";
import { type GoldenCase, goldenCases, rewriteExpected, withFiles } from "../support/golden-case.ts";

const CASES = join(import.meta.dirname, "../golden/cases-on-a-server");
const ROOMS = ["ingest", "migrate", "plan", "execute", "postgres"];

/** Codes without a case here, with the reason. */
const WITHOUT_CASE: Readonly<Record<string, string>> = {
  "ingest/row-too-long": "needs a row of 32 MiB; see tests/unit/lib/csv.test.ts",
  "ingest/column-widened": "needs a file of more than a MiB; see tests/integration/ingest/plain-seed.test.ts",
  "ingest/not-mapped": "load says the same of the mapping's file before ingest can",
  "migrate/pending": "said by build; see tests/integration/ingest/commands.test.ts",
  "execute/locked": "names the moment; see tests/integration/engine/locks.test.ts",
  "execute/workspace-in-use": "names a process; see tests/integration/engine/leftovers.test.ts",
  "execute/publish-timeout": "names a process; see tests/integration/engine/publish.test.ts",
  "execute/old-snapshot": "names a process; see tests/integration/engine/publish.test.ts",
  "execute/cancelled": "needs a signal at its time; see tests/integration/cli/door.test.ts",
  "execute/drop-left": "needs a session that holds on; see tests/integration/engine/leftovers.test.ts",
  "execute/hook-failed": "its words and its place are held by tests/integration/engine/hooks.test.ts",
  "execute/outcome-unknown": "needs a connection that is lost at COMMIT; see tests/integration/engine/stopping.test.ts",
  "execute/not-refreshable": "said by refresh; see tests/integration/engine/refresh.test.ts",
  "execute/changed-since-build": "said by refresh; see tests/integration/engine/refresh.test.ts",
  "execute/batches-failed": "needs a batch that fails; see tests/integration/engine/microbatch.test.ts",
  "execute/outside-batch": "needs rows of another batch; see tests/integration/engine/microbatch.test.ts",
  "plan/lock-budget": "needs a small server; see tests/integration/engine/lock-budget.test.ts",
  "execute/partly-published": "needs a small server; see tests/integration/engine/publish-batches.test.ts",
  "execute/lock-table-full": "needs a small server; see tests/integration/engine/lock-budget.test.ts",
  "execute/publish-failed": "all that can refuse a step is found before; what is left is the server's own failure",
  "plan/foreign-key-not-made": "needs a target with a prefix; see tests/integration/engine/names.test.ts",
  "plan/missing-right": "needs a role of its own; see tests/integration/engine/plan-and-run.test.ts",
  "postgres/cannot-connect": "its words are the system's; see tests/integration/engine/errors.test.ts",
  "postgres/pooled": "needs a pooler; see tests/integration/engine/pooler.test.ts",
  "postgres/no-permission": "needs a role of its own",
  "plan/server-too-old": "needs an old server; see tests/integration/engine/tables.test.ts",
  "postgres/server-too-old": "needs an old server; see tests/integration/old-server.test.ts",
  "migrate/shared-raw": "needs a target with a prefix; see tests/integration/ingest/commands.test.ts",
};

const PROJECT = {
  path: "project.yml",
  text: 'name: demo\nschema: analytics\ntarget: server\ntargets:\n  server: { type: postgres, url: "${DATABASE_URL}" }\n',
  encoding: "utf8",
} as const;

const cases = goldenCases(CASES);
let database: TestDatabase;
beforeAll(async () => {
  database = await withTestDatabase();
});
afterAll(() => database.drop());

describe("what is said on a server", () => {
  test.each(cases.map((c) => [`${c.name}: ${c.title}`, c] as const))("%s", async (_, golden) => {
    const actual = await said(golden);
    if (process.env["GALLEY_UPDATE_GOLDEN"] === "1") rewriteExpected(CASES, golden.name, actual);
    else expect(actual).toBe(golden.expected);
  });
});

describe("every code has a case", () => {
  const codes = Object.keys(CODES).filter((code) => ROOMS.includes(code.replace(/\/.*/, "")));
  test.each(codes)("%s", (code) => {
    if (Object.hasOwn(WITHOUT_CASE, code)) return;
    const isSaid = cases.some((c) => new RegExp(`(error|warning)  ${code}$`, "m").test(c.expected));
    expect(isSaid, `no file below tests/golden/cases-on-a-server expects ${code}`).toBe(true);
  });
});

const said = ({ files, settings }: GoldenCase): Promise<string> =>
  withFiles([...files.filter((f) => f.path !== "project.yml"), PROJECT], async (root) => {
    await database.query("drop schema if exists galley, raw, analytics, analytics__next, analytics__old cascade");
    const [verb = "", ...words] = (settings.get("argv") ?? "").split(" ");
    if (verb !== "migrate" || settings.has("before")) await run(root, "migrate", []);
    const [firstVerb, ...firstWords] = (settings.get("first") ?? "").split(" ");
    if (firstVerb !== undefined && firstVerb !== "") await run(root, firstVerb, firstWords);
    const before = settings.get("before");
    if (before !== undefined) await database.query(before);
    const { diagnostics, exitCode } = await run(root, verb, words);
    const show = settings.get("show");
    const rows = show === undefined ? [] : (await database.query(show)).map((row) => JSON.stringify(row));
    return [...diagnostics, `exit ${exitCode}`, ...(rows.length === 0 ? [] : [rows.join("\n")])].join("\n\n");
  });

const RAW: RawInput = { target: undefined, vars: undefined, isWarnError: false, isDebug: false, isSharedRaw: false };

const run = async (root: string, verb: string, words: readonly string[]) => {
  const events: RunEvent[] = [];
  const context: CommandContext = {
    projectDir: root,
    env: { DATABASE_URL: database.url },
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    now: () => new Date(0),
    runId: crypto.randomUUID(),
    version: "0.0.0",
    stdin: Readable.from([]),
    confirm: async () => false,
  };
  const { exitCode } = await command(context, verb, words);
  const diagnostics = events.flatMap((event) => {
    if (event.kind === "diagnostic") return [event.diagnostic];
    const isEnding =
      event.kind === "node_finished" || event.kind === "test_finished" || event.kind === "freshness_checked";
    return isEnding && event.diagnostic !== undefined ? [event.diagnostic] : [];
  });
  const shown = [...new Set(diagnostics.map((d) => showDiagnostic(d).replaceAll(root, "<project>")))];
  return { diagnostics: shown, exitCode };
};

const RUN: RunInput = {
  ...RAW,
  select: [],
  exclude: [],
  indirectSelection: "eager",
  threads: 1,
  isFailFast: false,
  rows: "as configured",
  isFullRefresh: false,
  eventTime: { start: undefined, end: undefined },
  allowsRejects: false,
  readers: "warn",
  foreign: "refused",
  freshness: "configured",
  lockWaitMs: 0,
};

const command = (context: CommandContext, verb: string, words: readonly string[]) => {
  const [mapping = "", file = ""] = words;
  if (verb === "migrate") return migrate(context, { ...RAW, isDryRun: false });
  if (verb === "ingest") return ingest(context, { ...RAW, mapping, file, allowsRejects: false });
  if (verb === "build") return build(context, { ...RUN, select: words.filter((word) => word !== "") });
  const selection = { select: [], exclude: [], indirectSelection: "eager" } as const;
  return seed(context, { ...RUN, ...RAW, ...selection, threads: 1 });
};
