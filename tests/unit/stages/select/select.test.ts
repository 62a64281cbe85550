import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../../../src/domain/manifest.ts";
import type { IndirectSelection } from "../../../../src/domain/selection.ts";
import { select } from "../../../../src/stages/select/select.ts";
import { arbitraryGraph } from "../../../support/graphs.ts";
import { manifestOf } from "../../../support/manifest.ts";

const nba = manifestOf(
  {
    "raw.matches": { kind: "source" },
    "raw.teams": { kind: "source" },
    coefficients: { kind: "seed", folders: ["models"] },
    games: { kind: "model", folders: ["stats"], parents: ["raw.matches"], materialized: "view" },
    team_form: { kind: "model", folders: ["stats", "rolling"], parents: ["games"], tags: ["nightly"] },
    elo: { kind: "model", folders: ["stats"], parents: ["games"], tags: ["nightly", "slow"], meta: { owner: "ana" } },
    match_features: { kind: "model", folders: ["features"], parents: ["team_form", "elo"] },
    predictions: { kind: "model", folders: ["predictions"], parents: ["match_features", "coefficients"] },
    unique_elo_id: { kind: "test", folders: ["stats"], parents: ["elo"], testName: "unique" },
    relationships_features_elo: {
      kind: "test",
      folders: ["features"],
      parents: ["match_features", "elo"],
      testName: "relationships",
    },
    beats_the_base_rate: { kind: "test", folders: ["predictions"], parents: ["predictions"] },
    not_null_matches: { kind: "test", parents: ["raw.matches"], testName: "not_null" },
  },
  ["football_form"],
);

const namesOf = (
  manifest: Manifest,
  words: readonly string[],
  exclude: readonly string[] = [],
  indirectSelection: IndirectSelection = "eager",
): readonly string[] => {
  const outcome = select(manifest, { select: words, exclude, indirectSelection });
  if (!outcome.ok) throw new Error(outcome.diagnostics.map((d) => d.message).join("\n"));
  return outcome.value.nodes.map((id) => manifest.nodes.get(id)?.name ?? "").sort((a, b) => (a < b ? -1 : 1));
};

/** Without the tests that come along. */
const nodesOf = (...words: readonly string[]): readonly string[] =>
  namesOf(nba, words).filter(
    (name) => !name.includes("_elo") && !name.startsWith("not_null") && !name.startsWith("beats"),
  );

const wrongOf = (words: readonly string[], exclude: readonly string[] = []) => {
  const outcome = select(nba, { select: words, exclude, indirectSelection: "eager" });
  const found = outcome.ok ? outcome.warnings : outcome.diagnostics;
  return found.map(({ code, severity, message, help }) => ({ code, severity, message, help }));
};

describe("selection", () => {
  it("is everything when nothing is said", () => {
    const outcome = select(nba, { select: [], exclude: [], indirectSelection: "eager" });
    expect(outcome.ok && [outcome.value.isEverything, outcome.value.nodes]).toEqual([true, nba.order]);
  });

  it.each([
    ["a name", ["elo"], ["elo"]],
    ["a name with the project's before it", ["nba.stats.elo"], ["elo"]],
    ["a folder", ["stats"], ["elo", "games", "team_form"]],
    ["a folder in a folder", ["stats.rolling"], ["team_form"]],
    ["a wildcard over names", ["*_form"], ["team_form"]],
    ["a wildcard over a folder", ["stats.*"], ["elo", "games", "team_form"]],
    ["all ancestors", ["+team_form"], ["games", "raw.matches", "team_form"]],
    ["so many steps upward", ["1+team_form"], ["games", "team_form"]],
    ["all descendants", ["team_form+"], ["match_features", "predictions", "team_form"]],
    ["so many steps downward", ["games+1"], ["elo", "games", "team_form"]],
    ["both at once", ["1+match_features+1"], ["elo", "match_features", "predictions", "team_form"]],
    [
      "all that is below and what it needs",
      ["@team_form"],
      ["coefficients", "elo", "games", "match_features", "predictions", "raw.matches", "team_form"],
    ],
    ["a tag", ["tag:slow"], ["elo"]],
    ["a path of a folder", ["path:models/stats/"], ["elo", "games", "team_form"]],
    ["a path without its method", ["models/stats/rolling"], ["team_form"]],
    ["a path with wildcards", ["path:models/**/team_*.sql"], ["team_form"]],
    ["a file", ["elo.sql"], ["elo"]],
    ["a source with what reads it", ["source:raw.matches+1"], ["games", "raw.matches"]],
    ["all tables of a source", ["source:raw"], ["raw.matches", "raw.teams"]],
    ["a config value", ["config.materialized:view"], ["games"]],
    ["a config value inside meta", ["config.meta.owner:ana"], ["elo"]],
    ["a config list", ["config.tags:nightly"], ["elo", "team_form"]],
    ["a kind of node", ["resource_type:seed"], ["coefficients"]],
    ["a union", ["elo", "games"], ["elo", "games"]],
    ["a union in one text", ["elo games"], ["elo", "games"]],
    ["an intersection", ["tag:nightly,stats.rolling"], ["team_form"]],
    ["an intersection with operators", ["games+,+match_features"], ["elo", "games", "match_features", "team_form"]],
  ])("understands %s", (_, words, expected) => {
    expect(nodesOf(...words)).toEqual(expected);
  });

  it("selects tests by the name of their kind and by their type", () => {
    expect(namesOf(nba, ["test_name:unique"])).toEqual(["unique_elo_id"]);
    const own = manifestOf({ elo: { kind: "model" }, rises: { kind: "test", parents: ["elo"], ownKind: "monotonic" } });
    expect(namesOf(own, ["test_name:mono*"])).toEqual(["rises"]);
    expect(namesOf(nba, ["test_type:singular"])).toEqual(["beats_the_base_rate"]);
    expect(namesOf(nba, ["resource_type:test"])).toHaveLength(4);
  });

  it("takes along every test that touches a chosen node, or only those that can be judged", () => {
    const both = ["elo", "relationships_features_elo", "unique_elo_id"];
    expect(namesOf(nba, ["elo"])).toEqual(both);
    expect(namesOf(nba, ["elo"], [], "cautious")).toEqual(["elo", "unique_elo_id"]);
    expect(namesOf(nba, ["elo"], [], "buildable")).toEqual(["elo", "unique_elo_id"]);
    expect(namesOf(nba, ["match_features"], [], "buildable")).toEqual(["match_features", "relationships_features_elo"]);
    expect(namesOf(nba, ["match_features", "elo"], [], "cautious")).toContain("relationships_features_elo");
  });

  it("excludes a node together with its tests", () => {
    expect(namesOf(nba, ["stats"], ["elo"])).toEqual(["games", "team_form"]);
  });

  it("remembers the word that brought a node in", () => {
    const outcome = select(nba, { select: ["games", "tag:nightly"], exclude: [], indirectSelection: "cautious" });
    expect(outcome.ok && [...outcome.value.because.values()]).toEqual([
      "games",
      "tag:nightly",
      "tag:nightly",
      "tag:nightly",
    ]);
  });

  it("offers near names when a word matches nothing", () => {
    expect(
      [wrongOf(["elos"]), wrongOf(["tag:nigthly"]), wrongOf(["source:row"]), wrongOf(["models/stat"])].flat(),
    ).toEqual([
      {
        code: "select/nothing-matched",
        severity: "error",
        message: '"elos" matches nothing (--select)',
        help: 'did you mean "elo"?',
      },
      {
        code: "select/nothing-matched",
        severity: "error",
        message: '"tag:nigthly" matches nothing (--select)',
        help: 'did you mean "tag:nightly"?',
      },
      {
        code: "select/nothing-matched",
        severity: "error",
        message: '"source:row" matches nothing (--select)',
        help: 'did you mean "source:raw"?',
      },
      {
        code: "select/nothing-matched",
        severity: "error",
        message: '"models/stat" matches nothing (--select)',
        help: 'did you mean "models/stats"?',
      },
    ]);
  });

  it("says so when the name is of a model that is switched off", () => {
    expect(wrongOf(["football_form"])[0]?.help).toBe('"football_form" is switched off by enabled: false');
  });

  it("says so when the parts of an intersection match, but not together", () => {
    expect(wrongOf(["elo,team_form"])).toEqual([
      {
        code: "select/nothing-matched",
        severity: "error",
        message: 'no node matches all parts of "elo,team_form" (--select)',
        help: "a comma means both; write a space for either",
      },
    ]);
  });

  it("only warns of an exclusion that matches nothing", () => {
    expect(wrongOf(["elo"], ["gamez"])).toEqual([
      {
        code: "select/nothing-matched",
        severity: "warning",
        message: '"gamez" matches nothing (--exclude)',
        help: 'did you mean "games"?',
      },
    ]);
  });

  it("refuses when all that was selected is excluded again", () => {
    expect(wrongOf(["elo"], ["stats+"]).map((d) => d.code)).toEqual(["select/nothing-left"]);
  });

  it("reports every word that cannot be read", () => {
    expect(wrongOf(["@elo+", "elo,,games", "tags:x", "config:view", "+"]).map((d) => `${d.code} ${d.message}`)).toEqual(
      [
        'select/malformed-expression "@elo+" has both @ and +',
        'select/malformed-expression "elo,,games" has an empty part beside a comma',
        'select/unknown-method no selection method is called "tags"',
        'select/unknown-method no selection method is called "config"',
        'select/malformed-expression "+" names nothing to select',
      ],
    );
    expect(wrongOf(["tags:x"])[0]?.help).toContain('did you mean "tag:"?');
  });
});

describe("the algebra of selection", () => {
  const arbitraryManifest = arbitraryGraph(10).map(({ ids, parents }) =>
    manifestOf(
      Object.fromEntries([
        ...ids.map((id) => [id, { kind: "model" as const, parents: parents[id] ?? [] }]),
        ...ids.map((id, i) => [
          `test_${id}`,
          { kind: "test" as const, parents: [...new Set([id, ids[(i * 7) % ids.length] ?? id])] },
        ]),
      ]),
    ),
  );
  const word = fc
    .tuple(fc.constantFrom("", "@", "+", "1+", "2+"), fc.nat(9), fc.constantFrom("", "+", "+1"))
    .map(([before, n, after]) => `${before}n${n}${before === "@" ? "" : after}`);
  const mode = fc.constantFrom<IndirectSelection>("eager", "cautious", "buildable");

  /** Undefined where a word names a node that the graph does not have. */
  const attempt = (
    manifest: Manifest,
    words: readonly string[],
    exclude: readonly string[],
    indirect: IndirectSelection,
  ) => {
    const outcome = select(manifest, { select: words, exclude, indirectSelection: indirect });
    if (outcome.ok) return outcome.warnings.length === 0 ? new Set<string>(outcome.value.nodes) : undefined;
    return outcome.diagnostics.every((d) => d.code === "select/nothing-left") ? new Set<string>() : undefined;
  };

  it("a+ and +a hold a, 2+a holds 1+a, and @a holds a+", () => {
    fc.assert(
      fc.property(arbitraryManifest, mode, (manifest, indirect) => {
        const of = (text: string) => attempt(manifest, [text], [], indirect) ?? new Set<string>();
        for (const larger of ["n0+", "+n0", "1+n0", "n0+1"]) expect(isSubset(of("n0"), of(larger))).toBe(true);
        expect(isSubset(of("1+n0"), of("2+n0"))).toBe(true);
        expect(isSubset(of("n0+"), of("@n0"))).toBe(true);
      }),
    );
  });

  it("a space is a union, a comma an intersection, and --exclude a difference", () => {
    fc.assert(
      fc.property(arbitraryManifest, word, word, (manifest, a, b) => {
        const left = attempt(manifest, [a], [], "eager");
        const right = attempt(manifest, [b], [], "eager");
        fc.pre(left !== undefined && right !== undefined);
        expect(attempt(manifest, [`${a} ${b}`], [], "eager")).toEqual(new Set([...left, ...right]));
        const common = [...left].filter((id) => right.has(id));
        expect(attempt(manifest, [`${a},${b}`], [], "eager") ?? new Set()).toEqual(new Set(common));
        expect(attempt(manifest, [a], [b], "eager")).toEqual(new Set([...left].filter((id) => !right.has(id))));
      }),
    );
  });

  it("does not depend on the order of words, nor on saying one twice", () => {
    fc.assert(
      fc.property(arbitraryManifest, word, word, mode, (manifest, a, b, indirect) => {
        const once = attempt(manifest, [a, b], [], indirect);
        expect(attempt(manifest, [b, a, b], [], indirect)).toEqual(once);
        expect(attempt(manifest, [`${a},${b}`], [], indirect)).toEqual(attempt(manifest, [`${b},${a}`], [], indirect));
      }),
    );
  });

  it("cautious selects no more than buildable, and buildable no more than eager", () => {
    fc.assert(
      fc.property(arbitraryManifest, word, (manifest, a) => {
        const [cautious, buildable, eager] = (["cautious", "buildable", "eager"] as const).map(
          (indirect) => attempt(manifest, [a], [], indirect) ?? new Set<string>(),
        );
        expect(isSubset(cautious ?? new Set(), buildable ?? new Set())).toBe(true);
        expect(isSubset(buildable ?? new Set(), eager ?? new Set())).toBe(true);
      }),
    );
  });
});

const isSubset = (small: ReadonlySet<string>, large: ReadonlySet<string>): boolean =>
  [...small].every((id) => large.has(id));
