/**
 * What Galley says of wrong data, mappings and migrations, word for word, on a real server. Settings of a case: `argv`,
 * what is run; `before`, SQL after the migrations and before it; `show`, a query whose rows belong to the answer.
 * After a wanted change: `GALLEY_UPDATE_GOLDEN=1 npx vitest run tests/integration/golden-on-a-server`, then read the difference.
 */
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CommandContext } from "../../src/commands/context.ts";
import { ingest } from "../../src/commands/ingest.ts";
import type { RawInput } from "../../src/commands/inputs.ts";
import { migrate } from "../../src/commands/migrate.ts";
import { seed } from "../../src/commands/seed.ts";
import { CODES } from "../../src/domain/codes.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import { showDiagnostic } from "../../src/domain/show-diagnostic.ts";
import { type TestDatabase, withTestDatabase } from "../support/database.ts";
import { type GoldenCase, goldenCases, rewriteExpected, withFiles } from "../support/golden-case.ts";

const CASES = join(import.meta.dirname, "../golden/cases-on-a-server");
const ROOMS = ["ingest", "migrate"];

/** Codes without a case here, with the reason. */
const WITHOUT_CASE: Readonly<Record<string, string>> = {
  "ingest/row-too-long": "needs a row of 32 MiB; see tests/unit/lib/csv.test.ts",
  "ingest/column-widened": "needs a file of more than a MiB; see tests/integration/ingest/plain-seed.test.ts",
  "ingest/not-mapped": "load says the same of the mapping's file before ingest can",
  "migrate/pending": "said by build; see tests/integration/ingest/commands.test.ts",
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

describe("what is said of raw data", () => {
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
    return event.kind === "node_finished" && event.diagnostic !== undefined ? [event.diagnostic] : [];
  });
  const shown = [...new Set(diagnostics.map((d) => showDiagnostic(d).replaceAll(root, "<project>")))];
  return { diagnostics: shown, exitCode };
};

const command = (context: CommandContext, verb: string, [mapping = "", file = ""]: readonly string[]) => {
  if (verb === "migrate") return migrate(context, { ...RAW, isDryRun: false });
  if (verb === "ingest") return ingest(context, { ...RAW, mapping, file, allowsRejects: false });
  const selection = { select: [], exclude: [], indirectSelection: "eager" } as const;
  return seed(context, { ...RAW, ...selection, threads: 1, allowsRejects: false, readers: "warn" });
};
