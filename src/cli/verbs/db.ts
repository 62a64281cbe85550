import type { CommandContext } from "../../commands/context.ts";
import { errorOf, type Outcome } from "../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { suggest } from "../../lib/suggest.ts";
import { findProject } from "../../stages/load/find-project.ts";
import { all, force, yes } from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { resetText, serverLines, startedText, stoppedText } from "../print/servers.ts";
import type { Call, Verb } from "../verb.ts";

const ACTIONS = ["start", "stop", "ls", "url", "psql", "reset"] as const;
type Action = (typeof ACTIONS)[number];

export const db: Verb = {
  name: "db",
  describe: "The embedded PostgreSQL by hand: start, stop, ls, url, psql, reset",
  positionals: [{ name: "action", isRequired: true, describe: ACTIONS.join(", ") }],
  flags: [all, force, yes],
  examples: [
    { command: "galley db start", means: "start this project's server" },
    { command: "galley db stop --all", means: "stop every one on this machine" },
    { command: "galley db url", means: "an address for any client; holds the password" },
    { command: "galley db psql -- -c 'select 1'", means: "psql; what follows -- is handed to it" },
    { command: "galley db reset", means: "begin with an empty database; the old data are put aside" },
  ],
  run: async (context, call) => {
    const action = ACTIONS.find((known) => known === call.words[0]);
    if (action === undefined) return refuse(context, unknownAction(call.words[0] ?? ""));
    const root = findProject(context.projectDir);
    if (!root.ok && needsProject(action, call)) return refuse(context, root);
    return act(action, { context, call, projectRoot: root.ok ? root.value : context.projectDir });
  },
};

const needsProject = (action: Action, call: Call): boolean => action !== "ls" && !(action === "stop" && call.read(all));

type Acting = { readonly context: CommandContext; readonly call: Call; readonly projectRoot: string };

const act = async (action: Action, { context, call, projectRoot }: Acting): Promise<ExitCode> => {
  const command = await import("../../commands/db.ts");
  const input = { projectRoot, report: call.note };
  const request = { ...input, others: call.read(force) ? ("end" as const) : ("keep" as const) };
  const answer = <T>(
    outcome: Outcome<T>,
    text: (value: T) => string,
    objects: (value: T) => readonly object[],
  ): ExitCode => {
    if (!outcome.ok) return refuse(context, outcome);
    printAnswer(
      call,
      () => [text(outcome.value)],
      () => objects(outcome.value),
    );
    return 0;
  };
  switch (action) {
    case "start":
      return answer(await command.dbStart(input), startedText, (started) => [started]);
    case "stop":
      if (call.read(all))
        return answer(
          await command.dbStopAll(request),
          ({ stopped }) => stopped.map(stoppedText).join("\n"),
          ({ stopped }) => stopped,
        );
      return answer(await command.dbStop(request), stoppedText, (stopped) => [stopped]);
    case "ls":
      return answer(
        await command.dbList(),
        (servers) => serverLines(servers, call.width).join("\n"),
        (servers) => servers,
      );
    case "url":
      return answer(
        await command.dbUrl(input),
        (url) => url,
        (url) => [{ url }],
      );
    case "psql": {
      const found = await command.dbPsql({ ...input, searchPath: context.env["PATH"] ?? "", args: call.rest });
      return found.ok
        ? handOver(found.value.program, found.value.args, { ...context.env, ...found.value.env })
        : refuse(context, found);
    }
    default: {
      const isAgreed = call.read(yes) || (await context.confirm(`Begin with an empty database in ${projectRoot}?`));
      if (!isAgreed) return refuse(context, notAgreed());
      return answer(await command.dbReset(request, context.now()), resetText, (reset) => [reset]);
    }
  }
};

/** psql gets the terminal and the signals; its exit code is its own business, so that only failure is told apart. */
const handOver = async (program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> => {
  const { spawn } = await import("node:child_process");
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { stdio: "inherit", env });
    child.on("error", () => resolve(3));
    child.on("close", (code) => resolve(code === 0 ? 0 : 3));
  });
};

type Refused = Extract<Outcome<unknown>, { ok: false }>;

const refuse = (context: CommandContext, { diagnostics }: Refused): ExitCode => {
  for (const diagnostic of diagnostics) context.emit({ kind: "diagnostic", diagnostic });
  return exitOf(diagnostics);
};

const unknownAction = (word: string): Refused => {
  const near = suggest(word, ACTIONS);
  const help = near === undefined ? `it knows ${ACTIONS.join(", ")}` : `did you mean "galley db ${near}"?`;
  return { ok: false, diagnostics: [errorOf("cli/unknown-verb", `galley db has no action "${word}"`, { help })] };
};

const notAgreed = (): Refused => ({
  ok: false,
  diagnostics: [
    errorOf("cli/not-confirmed", "the database was left as it is: nobody agreed to begin with an empty one", {
      help: "answer the question with y, or give --yes where nobody can be asked",
    }),
  ],
});
