/** A flag: its name, its environment variable, what it takes, what it does. */

export type Flag = {
  readonly name: string;
  readonly alias: string | undefined;
  readonly env: string;
  /** `number` is above zero, `count` may be zero, `share` is above 0 and up to 1. `limit`: a number of seconds, or none: then as long as it takes. `words` takes several at once, `list` one each time that it is said. */
  readonly kind: "switch" | "text" | "number" | "count" | "share" | "limit" | "words" | "list";
  /** For a text that must be one of these. */
  readonly choices: readonly string[] | undefined;
  /** The word for its value in the help. */
  readonly placeholder: string | undefined;
  readonly describe: string;
};

type FlagValues = {
  readonly switch: boolean;
  readonly text: string | undefined;
  readonly number: number | undefined;
  readonly count: number | undefined;
  readonly share: number | undefined;
  readonly limit: number | undefined;
  readonly words: readonly string[];
  readonly list: readonly string[];
};

export type FlagValue<F extends Flag> = F extends { readonly choices: readonly (infer C)[] }
  ? C | undefined
  : FlagValues[F["kind"]];

export type ReadFlag = <F extends Flag>(flag: F) => FlagValue<F>;

type Defaults = { readonly alias: undefined; readonly choices: undefined; readonly placeholder: undefined };
type Completed<F> = Omit<Defaults, keyof F> & F;

export const flagOf = <const F extends Partial<Flag> & Pick<Flag, "name" | "env" | "kind" | "describe">>(
  flag: F,
): Completed<F> => ({ alias: undefined, choices: undefined, placeholder: undefined, ...flag });
