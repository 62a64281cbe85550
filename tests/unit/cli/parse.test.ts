import { describe, expect, it } from "vitest";
import { flagReader } from "../../../src/cli/flag-values.ts";
import * as flags from "../../../src/cli/flags.ts";
import { parse } from "../../../src/cli/parse.ts";
import { VERBS } from "../../../src/cli/verbs/index.ts";

const parsed = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  parse({ argv, env, verbs: VERBS, columns: 100 });

const callOf = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const result = await parsed(argv, env);
  if (result.kind !== "call") throw new Error(JSON.stringify(result));
  return result;
};

const wrongOf = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const result = await parsed(argv, env);
  if (result.kind !== "wrong") throw new Error(`nothing is wrong with ${argv.join(" ")}`);
  return result.diagnostics.map((d) => `${d.code}: ${d.message}${d.help === undefined ? "" : ` (${d.help})`}`);
};

describe("the command line", () => {
  it("takes --select with several words, and several times", async () => {
    const call = await callOf(["build", "-s", "a+", "tag:x", "--exclude", "b", "--select", "@c"]);
    expect([call.read(flags.select), call.read(flags.exclude)]).toEqual([["a+", "tag:x", "@c"], ["b"]]);
  });

  it("reads every kind of flag, and lets the last one count", async () => {
    const call = await callOf(["build", "-xq", "-t", "ci", "--target=server", "--threads", "8", "--vars", "{a: 1}"]);
    expect({
      failFast: call.read(flags.failFast),
      quiet: call.read(flags.quiet),
      debug: call.read(flags.debug),
      target: call.read(flags.target),
      threads: call.read(flags.threads),
      vars: call.read(flags.vars),
      select: call.read(flags.select),
    }).toEqual({ failFast: true, quiet: true, debug: false, target: "server", threads: 8, vars: "{a: 1}", select: [] });
  });

  it("lets the environment speak where the command line is silent", async () => {
    const env = {
      GALLEY_SELECT: "a b+",
      GALLEY_THREADS: "2",
      GALLEY_FAIL_FAST: "yes",
      GALLEY_TARGET: "ci",
      GALLEY_QUIET: "",
    };
    const call = await callOf(["build", "--threads", "3"], env);
    expect([
      call.read(flags.select),
      call.read(flags.threads),
      call.read(flags.failFast),
      call.read(flags.target),
      call.read(flags.quiet),
    ]).toEqual([["a b+"].flatMap((w) => w.split(" ")), 3, true, "ci", false]);
  });

  it("keeps words and what stands after two dashes apart", async () => {
    const call = await callOf(["db", "psql", "--", "-c", "select 1"]);
    expect([call.words, call.rest]).toEqual([["psql"], ["-c", "select 1"]]);
  });

  it.each<readonly [readonly string[], readonly string[]]>([
    [["bild"], ['cli/unknown-verb: galley has no verb "bild" (did you mean "galley build"?)']],
    [["build", "--slect", "x"], ["cli/unknown-flag: galley build has no flag --slect (did you mean --select?)"]],
    [
      ["build", "--empty"],
      ["cli/unknown-flag: galley build has no flag --empty (`galley build --help` lists its flags)"],
    ],
    [
      ["build", "team_form"],
      ['cli/stray-word: galley build does not know what to do with "team_form" (did you mean --select team_form?)'],
    ],
    [["build", "-s"], ["cli/bad-value: --select needs a value: expression"]],
    [["build", "--threads", "0"], ['cli/bad-value: --threads takes a whole number above zero, not "0"']],
    [
      ["check", "leakage", "--sample", "1.5"],
      ['cli/bad-value: --sample takes a share above 0 and up to 1, as 0.1, not "1.5"'],
    ],
    [["check", "source-history", "--keep", "-1"], ['cli/bad-value: --keep takes a whole number, not "-1"']],
    [
      ["build", "--log-format", "jsn"],
      ['cli/bad-value: --log-format is text or json, not "jsn" (did you mean "json"?)'],
    ],
    [["db"], ["cli/missing-word: galley db needs a <action> (for example: galley db start)"]],
    [["--vresion"], ["cli/unknown-flag: there is no verb before --vresion (did you mean --version?)"]],
  ])("answers %j with a way forward", async (argv, expected) => {
    expect(await wrongOf(argv)).toEqual(expected);
  });

  it("tells of all mistakes at once", async () => {
    expect(await wrongOf(["build", "--oops", "1", "--threads", "x", "--also-oops"])).toHaveLength(3);
  });

  it("names the variable when it is the environment that is wrong", async () => {
    expect(await wrongOf(["build"], { GALLEY_THREADS: "many", GALLEY_FAIL_FAST: "maybe" })).toEqual([
      'cli/bad-value: GALLEY_THREADS takes a whole number above zero, not "many"',
      'cli/bad-value: GALLEY_FAIL_FAST is switched on with 1 and off with 0, not "maybe"',
    ]);
  });

  it("shows the verbs when none is given, as an answer to a mistake", async () => {
    const result = await parsed([]);
    expect(result.kind === "text" && [result.isWanted, result.text.includes("galley build")]).toEqual([false, true]);
  });

  it.each(VERBS.map((verb) => [verb.name, verb] as const))("has help with an example for %s", async (name, verb) => {
    const result = await parsed([name, "--help"]);
    const text = result.kind === "text" ? result.text : "";
    expect(verb.examples.length).toBeGreaterThan(0);
    for (const example of verb.examples) expect(text).toContain(example.command);
    for (const flag of [...verb.flags, ...flags.EVERYWHERE]) expect(text).toContain(`--${flag.name}`);
  });
});

describe("the table of flags", () => {
  const all = Object.values(flags).filter((f): f is flags.Flag & typeof f => "env" in f);

  it("gives each flag the environment variable of its name", () => {
    for (const flag of all) expect(flag.env).toBe(`GALLEY_${flag.name.toUpperCase().replaceAll("-", "_")}`);
  });

  it("never gives one letter to two flags of a verb", () => {
    for (const verb of VERBS) {
      const letters = [...verb.flags, ...flags.EVERYWHERE].flatMap((f) => f.alias ?? []);
      expect(new Set(letters).size).toBe(letters.length);
    }
  });
});

it("reads a share of the keys, and no photographs at all", () => {
  const { read, wrongValues } = flagReader([flags.sample, flags.keep], {
    given: { sample: "0.5", keep: "0" },
    env: {},
  });
  expect([read(flags.sample), read(flags.keep), wrongValues]).toEqual([0.5, 0, []]);
});
