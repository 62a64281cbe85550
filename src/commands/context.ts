/** What the door hands to every command, what each is asked, and the form of its answer. */
import type { Readable } from "node:stream";
import type { Emit } from "../domain/event.ts";
import type { ExitCode } from "../domain/exit-code.ts";
import type { IndirectSelection } from "../domain/selection.ts";

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
  readonly machine: Machine;
  /** A question before something that cannot be undone; false where nobody can answer. */
  readonly confirm: (question: string) => Promise<boolean>;
};

/** Facts of the process that the embedded server's start depends on. */
export type Machine = {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
};

/**
 * `value` is what was asked for, as data, and the door prints it: undefined when the command could not answer. Why it
 * could not went through `emit` as diagnostics.
 */
export type CommandResult<T = undefined> = { readonly exitCode: ExitCode; readonly value: T | undefined };

export type Command<Input, T = undefined> = (context: CommandContext, input: Input) => Promise<CommandResult<T>>;

/** What every verb that opens a project is asked. */
export type ProjectInput = {
  /** `--target`; undefined: the project's own. */
  readonly target: string | undefined;
  /** `--vars`, a YAML mapping as it was written. */
  readonly vars: string | undefined;
  /** Warnings count as errors: exit 1. */
  readonly isWarnError: boolean;
  /** Each statement is told of, with its time. */
  readonly isDebug: boolean;
};

export type SelectInput = {
  /** One entry for each word of each `--select`; their union is meant. */
  readonly select: readonly string[];
  readonly exclude: readonly string[];
  readonly indirectSelection: IndirectSelection;
};

export type RunInput = ProjectInput &
  SelectInput & {
    /** Undefined: the target's own. */
    readonly threads: number | undefined;
    readonly isFailFast: boolean;
  };
