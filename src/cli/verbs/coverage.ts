import { leastCoverage } from "../../domain/coverage.ts";
import { errorOf } from "../../domain/diagnostic.ts";
import { exitOf } from "../../domain/exit-code.ts";
import { coverageOutput, failUnder, live, logFormat, PROJECT, report, resourceType, SELECTION } from "../flags.ts";
import { coverageText } from "../print/coverage.ts";
import { resourceTypesIn } from "../resource-types.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";

export const coverage: Verb = {
  name: "coverage",
  describe: "Tell which models and columns have no test or no description, and fail below a threshold",
  positionals: [],
  flags: [...SELECTION, resourceType, failUnder, live, coverageOutput, ...PROJECT, report],
  examples: [
    { command: "galley coverage", means: "what is tested and described, by model, and what is missing" },
    { command: "galley coverage -s stats --fail-under tests=90", means: "a threshold for CI, for one folder" },
    { command: "galley coverage --live --output json", means: "with what the database knows, for a program" },
  ],
  run: async (context, call) => {
    const kinds = resourceTypesIn(call.read(resourceType));
    const written = call.read(failUnder);
    const least = written === undefined ? undefined : leastCoverage(written);
    const wrong = [
      ...kinds.wrong,
      ...(typeof least === "string" ? [errorOf("cli/bad-value", `--fail-under: ${least}`, { help: FORM })] : []),
    ];
    if (wrong.length > 0 || typeof least === "string") {
      for (const diagnostic of wrong) context.emit({ kind: "diagnostic", diagnostic });
      return exitOf(wrong);
    }
    const { coverage: command } = await import("../../commands/coverage.ts");
    const input = {
      ...projectInputOf(call),
      ...selectInputOf(call),
      resourceTypes: kinds.types,
      asks: call.read(live) ? ("database" as const) : ("files" as const),
      least,
    };
    const { exitCode, value } = await command(context, input);
    const output = call.read(coverageOutput) ?? (call.read(logFormat) === "json" ? "json" : "table");
    if (value !== undefined) call[output === "table" ? "print" : "hand"](coverageText(value, output, call.width));
    return exitCode;
  },
};

const FORM = "per cent: 80 for all, or by kind: tests=80,descriptions=50,keys=100,relationships=90";
