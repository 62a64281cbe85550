/** The form of a verb: what the command line may say, and what is then done. One file each in verbs/. */
import type { CommandContext } from "../commands/context.ts";
import type { ProjectInput, SelectInput } from "../commands/inputs.ts";
import type { ExitCode } from "../domain/exit-code.ts";
import {
  debug,
  exclude,
  type Flag,
  indirectSelection,
  type ReadFlag,
  select,
  target,
  vars,
  warnError,
} from "./flags.ts";

export type Verb = {
  readonly name: string;
  readonly describe: string;
  readonly positionals: readonly Positional[];
  /** Those of EVERYWHERE come on top. */
  readonly flags: readonly Flag[];
  readonly examples: readonly Example[];
  readonly run: (context: CommandContext, call: Call) => Promise<ExitCode>;
};

type Positional = { readonly name: string; readonly isRequired: boolean; readonly describe: string };

type Example = { readonly command: string; readonly means: string };

/** What was said on the command line, and the way to answer it. */
export type Call = {
  readonly read: ReadFlag;
  /** As many as the verb has positionals at most. */
  readonly words: readonly string[];
  /** What stood after `--`. */
  readonly rest: readonly string[];
  /** Standard output, for people; adds the line break. A CI server obeys no line of it. */
  readonly print: (text: string) => void;
  /** Standard output, for programs: byte for byte as it is; adds the line break. */
  readonly hand: (text: string) => void;
  /** Standard error, for what a person may want to know beside the answer. */
  readonly note: (text: string) => void;
  /** Columns for tables: the terminal's, or a width that suits a file. */
  readonly width: number;
};

export const projectInputOf = ({ read }: Call): ProjectInput => ({
  target: read(target),
  vars: read(vars),
  isWarnError: read(warnError),
  isDebug: read(debug),
});

export const selectInputOf = ({ read }: Call): SelectInput => ({
  select: read(select),
  exclude: read(exclude),
  indirectSelection: read(indirectSelection) ?? "eager",
});
