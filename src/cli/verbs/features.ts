import { resolve } from "node:path";
import { Writable } from "node:stream";
import type { CommandContext } from "../../commands/context.ts";
import type { FeatureInput } from "../../commands/inputs.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { at, entities, entity, features as featuresFlag, maxAge, out, PROJECT, rowsOutput, time } from "../flags.ts";
import { printRows } from "../print/rows.ts";
import { type Call, projectInputOf, type Verb } from "../verb.ts";

const STDIO = "-";

export const features: Verb = {
  name: "features",
  describe: "Features as they were known at a time: a training set for many entities, or one entity's now",
  positionals: [],
  flags: [featuresFlag, entities, out, time, entity, at, maxAge, rowsOutput, ...PROJECT],
  examples: [
    { command: "galley features --entities - --features a --out -", means: "a training set, as a filter" },
    { command: "galley features --entity team_id=5 --features form", means: "one team's, as of now" },
  ],
  run: async (context, call) => {
    const wrong = wrongFlags(call);
    if (wrong !== undefined) {
      context.emit({ kind: "diagnostic", diagnostic: wrong });
      return exitOf([wrong]);
    }
    const input = {
      ...projectInputOf(call),
      features: call.read(featuresFlag).flatMap((word) => word.split(",")),
      maxAge: call.read(maxAge),
    };
    const rows = call.read(entities);
    return rows === undefined ? one(context, call, input) : many(context, call, input, rows);
  },
};

const wrongFlags = ({ read }: Call): Diagnostic | undefined => {
  const isSet = read(entities) !== undefined;
  const help = "galley features --entities games.csv --features team_form --out train.csv, or --entity team_id=5";
  if (isSet === read(entity).length > 0)
    return errorOf("cli/conflicting-flags", "galley features takes --entities or --entity, one of the two", { help });
  if (isSet && read(out) === undefined)
    return errorOf("cli/missing-word", "a training set needs --out: a file, or - for standard output", { help });
  const pair = read(entity).find((text) => !/^[^=]+=/.test(text));
  if (pair === undefined) return undefined;
  return errorOf("cli/bad-value", `--entity takes key=value, not "${pair}"`, {
    help: "for example: --entity team_id=5",
  });
};

const many = async (context: CommandContext, call: Call, input: FeatureInput, rows: string): Promise<ExitCode> => {
  const { trainingSet } = await import("../../commands/training-set.ts");
  const path = call.read(out) ?? STDIO;
  const { exitCode, value } = await trainingSet(context, {
    ...input,
    entities: rows !== STDIO && /\.csv$/i.test(rows) ? resolve(rows) : rows,
    times: (call.read(time) ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
    out: path === STDIO ? { kind: "stream", stream: standardOutput() } : { kind: "file", path: resolve(path) },
  });
  if (value !== undefined && path !== STDIO) call.note(`${path}: ${value.rows} rows, ${value.columns.length} columns`);
  return exitCode;
};

/** Takes as much as its reader does; one that went away is no failure. */
const standardOutput = (): Writable =>
  new Writable({ write: (chunk, _, done) => void process.stdout.write(chunk, () => done()) });

const one = async (context: CommandContext, call: Call, input: FeatureInput): Promise<ExitCode> => {
  const { entityFeatures } = await import("../../commands/feature-server.ts");
  const pairs = call.read(entity).map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]);
  const said = call.read(at) ?? "now";
  const { exitCode, value } = await entityFeatures(context, {
    ...input,
    entity: Object.fromEntries(pairs),
    at: said === "now" ? [context.now().toISOString()] : said.split(",").map((part) => part.trim()),
  });
  if (value !== undefined) printRows(call, value);
  return exitCode;
};
