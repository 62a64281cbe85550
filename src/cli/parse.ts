/** From the words of the command line and the environment to a verb and its values, or what is wrong. The room of yargs. */
import yargs, { type Argv } from "yargs";
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { suggest } from "../lib/suggest.ts";
import { type FlagSource, flagReader } from "./flag-values.ts";
import { EVERYWHERE, type Flag, type ReadFlag } from "./flags.ts";
import type { Verb } from "./verb.ts";

export type ParsedCall = {
  readonly kind: "call";
  readonly verb: Verb;
  readonly words: readonly string[];
  readonly rest: readonly string[];
  readonly read: ReadFlag;
};

export type Parsed =
  | ParsedCall
  /** Help or a completion script. What was wanted goes to standard output; help in place of a verb is an answer to a mistake. */
  | { readonly kind: "text"; readonly text: string; readonly isWanted: boolean }
  | { readonly kind: "wrong"; readonly diagnostics: readonly Diagnostic[] };

export type ParseRequest = {
  readonly argv: readonly string[];
  readonly env: FlagSource["env"];
  readonly verbs: readonly Verb[];
  readonly columns: number;
};

/** Standard input, as a word. yargs takes it for a flag without a name, so it travels as a word that nobody writes. */
const DASH = "-";
const LONE_DASH = "\u0001dash";
const written = (word: string): string => (word === LONE_DASH ? DASH : word);

type Arguments = { readonly [name: string]: unknown; readonly _: readonly (string | number)[] };

export const parse = async ({ argv, env, verbs, columns }: ParseRequest): Promise<Parsed> => {
  const texts: string[] = [];
  let failure: string | undefined;
  const parser = parserOf(verbs, columns, argv.some(asksForText) ? "text" : "call").fail((message) => {
    failure = message;
  });
  const parsed = await new Promise<Arguments>((resolve, reject) => {
    const answered = parser.parse(
      argv.map((word) => (word === DASH ? LONE_DASH : word)),
      {},
      (error, found, output) => {
        if (output !== "") texts.push(output);
        if (error !== undefined && error !== null && failure === undefined) failure = error.message;
        resolve(found as Arguments);
      },
    );
    Promise.resolve(answered).catch(reject);
  });
  if (failure === undefined && texts.length > 0) return { kind: "text", text: texts.join("\n"), isWanted: true };
  const first = parsed._[0]?.toString();
  if (first === undefined) return withoutVerb(parsed, verbs, columns);
  const verb = verbs.find((v) => v.name === first);
  if (verb === undefined) return wrong(unknownVerb(first, verbs));
  const known = [...verb.flags, ...EVERYWHERE];
  const words = wordsOf(parsed, verb);
  const { read, wrongValues } = flagReader(known, { given: flagsOf(parsed), env });
  const diagnostics = [
    ...unknownFlags(parsed, verb, known),
    ...strayWords(words, verb),
    ...missingWords(words, verb),
    ...wrongValues,
  ];
  if (diagnostics.length === 0 && failure !== undefined) diagnostics.push(failureOf(failure, known));
  if (diagnostics.length > 0) return wrong(...diagnostics);
  return { kind: "call", verb, words, rest: restOf(parsed), read };
};

/** What `galley <verb> --help` prints; without a verb the list of verbs. */
export const helpText = async (verb: Verb | undefined, verbs: readonly Verb[], columns: number): Promise<string> => {
  const parsed = await parse({ argv: [...(verb ? [verb.name] : []), "--help"], env: {}, verbs, columns });
  return parsed.kind === "text" ? parsed.text : "";
};

/** A word that may ask for help or for completions. */
const asksForText = (word: string): boolean => /^(?:--h|-[a-zA-Z]*h|--get-yargs)/.test(word);

type Purpose = "call" | "text";

const parserOf = (verbs: readonly Verb[], columns: number, purpose: Purpose): Argv => {
  const parser = yargs()
    .scriptName("galley")
    .locale("en")
    .exitProcess(false)
    .version(false)
    .help("help")
    .alias("help", "h")
    .wrap(Math.min(columns, WIDEST_HELP))
    .usage("galley <verb> [flags]\n\nTurns a folder of SQL files into trusted tables in PostgreSQL.")
    .epilogue("`galley <verb> --help` shows a verb's flags, with examples. `galley --version` prints the version.")
    .updateStrings({
      "Commands:": "Verbs:",
      "Options:": "Flags:",
      "Positionals:": "Words:",
      string: "text",
      boolean: "switch",
      array: "words",
    })
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "parse-positional-numbers": false,
      "parse-numbers": false,
      "dot-notation": false,
      "populate--": true,
    });
  for (const verb of verbs)
    parser.command(
      usageOf(verb),
      verb.describe,
      (y) => describeVerb(y, verb, purpose),
      () => {},
    );
  parser.completion("completion", "Print a script that completes verbs and flags in bash or zsh");
  return parser;
};

const WIDEST_HELP = 110;

const usageOf = (verb: Verb): string => [verb.name, ...verb.positionals.map((p) => `[${p.name}]`)].join(" ");

const describeVerb = (y: Argv, verb: Verb, purpose: Purpose): Argv => {
  for (const p of verb.positionals) y.positional(p.name, { type: "string", describe: p.describe });
  for (const flag of verb.flags) addFlag(y, flag, "Flags:", purpose);
  for (const flag of EVERYWHERE) addFlag(y, flag, "Flags of every verb:", purpose);
  if (purpose === "call") return y;
  const needed = verb.positionals.map((p) => (p.isRequired ? ` <${p.name}>` : ` [${p.name}]`)).join("");
  y.usage(`galley ${verb.name}${needed} [flags]\n\n${verb.describe}`).epilogue("");
  y.group(["help"], "Flags of every verb:");
  for (const example of verb.examples) y.example(example.command, example.means);
  return y;
};

/** yargs lays out a verb's help after each call, asked or not; with nothing to show that takes little time. */
const addFlag = (y: Argv, flag: Flag, group: string, purpose: Purpose): void => {
  const type = flag.kind === "switch" ? "boolean" : "string";
  y.option(flag.name, {
    describe: flag.describe,
    hidden: purpose === "call",
    group,
    type,
    ...(flag.alias === undefined ? {} : { alias: flag.alias }),
    ...(flag.kind === "words" ? { array: true } : {}),
    ...(flag.kind === "switch" || flag.kind === "limit" ? {} : { requiresArg: true }),
    ...(flag.choices === undefined ? {} : { choices: flag.choices }),
  });
};

const wrong = (...diagnostics: readonly Diagnostic[]): Parsed => ({ kind: "wrong", diagnostics });

const withoutVerb = async (parsed: Arguments, verbs: readonly Verb[], columns: number): Promise<Parsed> => {
  const [stranger] = Object.keys(parsed).filter((key) => !BUILT_IN.includes(key));
  if (stranger !== undefined) {
    const dashes = stranger.length === 1 ? "-" : "--";
    const near = suggest(stranger, ["help", "version"]);
    const help =
      near === undefined ? "flags come after the verb: galley build --select team_form" : `did you mean --${near}?`;
    return wrong(errorOf("cli/unknown-flag", `there is no verb before ${dashes}${stranger}`, { help }));
  }
  return { kind: "text", text: await helpText(undefined, verbs, columns), isWanted: false };
};

/** yargs takes the words that it knows out of the list. */
const wordsOf = (parsed: Arguments, verb: Verb): readonly string[] => [
  ...verb.positionals.flatMap(({ name }) => (parsed[name] === undefined ? [] : [written(String(parsed[name]))])),
  ...parsed._.slice(1).map((word) => written(String(word))),
];

const flagsOf = (parsed: Arguments): FlagSource["given"] =>
  Object.fromEntries(Object.entries(parsed).map(([name, said]) => [name, said === LONE_DASH ? DASH : said]));

const restOf = (parsed: Arguments): readonly string[] => {
  const rest = parsed["--"];
  return Array.isArray(rest) ? rest.map((word) => written(String(word))) : [];
};

const unknownVerb = (name: string, verbs: readonly Verb[]): Diagnostic => {
  const near = suggest(
    name,
    verbs.map((v) => v.name),
  );
  return errorOf("cli/unknown-verb", `galley has no verb "${name}"`, {
    help:
      near === undefined ? `the verbs are ${verbs.map((v) => v.name).join(", ")}` : `did you mean "galley ${near}"?`,
  });
};

const BUILT_IN = ["_", "$0", "--", "help", "h"];

const unknownFlags = (parsed: Arguments, verb: Verb, known: readonly Flag[]): Diagnostic[] => {
  const names = new Set([...BUILT_IN, ...verb.positionals.map((p) => p.name)]);
  for (const flag of known) for (const n of [flag.name, flag.alias]) if (n !== undefined) names.add(n);
  return Object.keys(parsed)
    .filter((key) => !names.has(key))
    .map((key) => {
      const dashes = key.length === 1 ? "-" : "--";
      const near = suggest(
        key,
        known.map((flag) => flag.name),
      );
      return errorOf("cli/unknown-flag", `galley ${verb.name} has no flag ${dashes}${key}`, {
        help: near === undefined ? `\`galley ${verb.name} --help\` lists its flags` : `did you mean --${near}?`,
      });
    });
};

const strayWords = (words: readonly string[], verb: Verb): Diagnostic[] =>
  words.slice(verb.positionals.length).map((word) =>
    errorOf("cli/stray-word", `galley ${verb.name} does not know what to do with "${word}"`, {
      help: verb.flags.some((flag) => flag.name === "select")
        ? `did you mean --select ${word}?`
        : `\`galley ${verb.name} --help\` shows what it takes`,
    }),
  );

const missingWords = (words: readonly string[], verb: Verb): Diagnostic[] =>
  verb.positionals
    .slice(words.length)
    .filter((p) => p.isRequired)
    .map((p) =>
      errorOf("cli/missing-word", `galley ${verb.name} needs a <${p.name}>`, {
        help: `for example: ${verb.examples[0]?.command ?? verb.name}`,
      }),
    );

/** What yargs itself found wrong, in our words where it is known. */
const failureOf = (message: string, known: readonly Flag[]): Diagnostic => {
  const name = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  const flag = known.find((f) => f.name === name || f.alias === name);
  if (flag !== undefined)
    return errorOf("cli/bad-value", `--${flag.name} needs a value: ${flag.choices?.join(" or ") ?? flag.placeholder}`);
  return errorOf("cli/bad-value", message.charAt(0).toLowerCase() + message.slice(1).replaceAll("\n", " ").trim());
};
