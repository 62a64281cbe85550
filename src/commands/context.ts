/** What the door hands to every command, what each is asked, and the form of its answer. */
import type { Readable } from "node:stream";
import type { Emit } from "../domain/event.ts";
import type { ExitCode } from "../domain/exit-code.ts";

/** The world outside: a command reaches it through this and nothing else. */
export type CommandContext = {
  /** Absolute; the search for project.yml begins here and goes upward. */
  readonly projectDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** All that is to be known while the command runs; diagnostics too, as events of that kind. */
  readonly emit: Emit;
  readonly now: () => Date;
  /** A UUID of this call: the run's id, and `invocation_id` in templates. */
  readonly runId: string;
  /** Galley's own. */
  readonly version: string;
  readonly stdin: Readable;
  /** A question before something that cannot be undone; false where nobody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
};

/**
 * `value` is what was asked for, as data, and the door prints it: undefined when the command could not answer. Why it
 * could not went through `emit` as diagnostics.
 */
export type CommandResult<T = undefined> = { readonly exitCode: ExitCode; readonly value: T | undefined };

export type Command<Input, T = undefined> = (context: CommandContext, input: Input) => Promise<CommandResult<T>>;
