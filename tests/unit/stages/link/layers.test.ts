import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../../src/domain/diagnostic.ts";
import { freshnessOf, limitText } from "../../../../src/domain/freshness.ts";
import { type FolderConfig, folderLayers } from "../../../../src/domain/project.ts";
import { type Located, type SourceFile, wholeFile } from "../../../../src/domain/source.ts";
import type { Tree, TreeEntry } from "../../../../src/domain/tree.ts";
import { readFreshness } from "../../../../src/stages/link/freshness-config.ts";
import { readGrants } from "../../../../src/stages/link/grants.ts";
import { type Layer, mergedBoolean, mergedNames, mergeLayers } from "../../../../src/stages/link/layers.ts";
import { readFullYaml } from "../../../../src/stages/load/full-yaml.ts";

const layer = (text: string): Layer => {
  const file: SourceFile = { path: "a.yml", text };
  const tree = readFullYaml(file, []);
  return tree?.kind === "mapping" ? tree.entries : [];
};

const scalarOf = (entry: TreeEntry | undefined) => (entry?.value.kind === "scalar" ? entry.value.value : undefined);

describe("config of several layers", () => {
  test("the nearest layer wins, whole: a list replaces a list", () => {
    const merged = mergeLayers([layer("materialized: view\nunique_key: [a, b]"), layer("unique_key: c"), layer("")]);
    expect(scalarOf(merged.entries.get("materialized"))).toBe("view");
    expect(mergedNames(merged, "unique_key")).toEqual(["c"]);
  });

  test("tags add up, each once, in the order of the layers", () => {
    const merged = mergeLayers([layer("tags: nightly"), layer("tags: [ml, nightly]"), layer("tags: [x]")]);
    expect(merged.tags).toEqual(["nightly", "ml", "x"]);
  });

  test("meta merges by key, and the nearest value of a key stands", () => {
    const merged = mergeLayers([layer("meta: { owner: a, n: { x: 1 } }"), layer("meta: { owner: b, m: [1] }")]);
    expect(merged.meta).toEqual({ owner: "b", n: { x: 1 }, m: [1] });
  });

  test("grants merge by privilege: a nearer list replaces, `+` adds, an empty one takes back", () => {
    const granted = (...layers: readonly string[]) => {
      const grants = readGrants(mergeLayers(layers.map(layer)).grants, []);
      return grants && Object.fromEntries([...grants].map(([privilege, to]) => [privilege, to.map((g) => g.value)]));
    };
    expect(granted("materialized: view")).toBeUndefined();
    expect(granted("grants: {}")).toEqual({});
    const folder = "grants: { select: [reader], insert: loader }";
    expect(granted(folder, "grants: { SELECT: [analyst] }")).toEqual({ select: ["analyst"], insert: ["loader"] });
    expect(granted(folder, "grants: { +Select: [analyst, reader] }")).toEqual({
      select: ["reader", "analyst"],
      insert: ["loader"],
    });
    expect(granted(folder, "grants: { select: [] }", "grants: { +insert: b }")).toEqual({
      select: [],
      insert: ["loader", "b"],
    });
    expect(granted("grants: { all privileges: a }", "grants: { +ALL: b }")).toEqual({ all: ["a", "b"] });
  });

  test("what is nothing or no boolean reads as the default", () => {
    expect(mergedBoolean(mergeLayers([layer("enabled: false")]), "enabled", true)).toBe(false);
    expect(mergedBoolean(mergeLayers([layer("enabled:")]), "enabled", true)).toBe(true);
    expect(mergedBoolean(mergeLayers([]), "enabled", true)).toBe(true);
  });
});

describe("config of folders", () => {
  const span: Located<string>["span"] = { file: { path: "project.yml", text: "" }, start: 0, end: 0 };
  const schema = (value: string): Layer => [
    { key: { value: "schema", span }, value: { kind: "scalar", value, span } satisfies Tree },
  ];
  const folder = (config: Layer, folders: Readonly<Record<string, FolderConfig>> = {}): FolderConfig => ({
    config,
    folders: new Map(Object.entries(folders)),
  });
  const root = folder(schema("all"), { stats: folder(schema("stats"), { deep: folder(schema("deep")) }) });

  test.each([
    [[], ["all"]],
    [["stats"], ["all", "stats"]],
    [
      ["stats", "deep", "model"],
      ["all", "stats", "deep"],
    ],
    [["other", "deep"], ["all"]],
  ])("%j has the layers %j, nearest last", (fqn, schemas) => {
    expect(folderLayers(root, fqn).map((l) => scalarOf(l[0]))).toEqual(schemas);
  });
});

describe("how old a source may be", () => {
  const table = { value: "t", span: wholeFile({ path: "a.yml", text: "" }) };
  const asked = (...layers: readonly string[]) => {
    const found: Diagnostic[] = [];
    const freshness = readFreshness(layers.map(layer), table, found);
    const { loadedAt, warnAfter, errorAfter, filter } = freshness ?? {};
    return {
      ...(loadedAt && { [loadedAt.kind]: loadedAt.value }),
      ...(warnAfter && { warn: limitText(warnAfter) }),
      ...(errorAfter && { error: limitText(errorAfter) }),
      ...(filter && { filter: filter.value }),
      ...(found.length > 0 && { found: found.map((d) => d.code) }),
    };
  };
  const far = "loaded_at_field: at\nfreshness: { warn_after: { count: 12, period: hour }, filter: x > 1 }";

  test("is merged threshold by threshold, and null switches off what it stands for", () => {
    expect(asked(far)).toEqual({ field: "at", warn: "12 hours", filter: "x > 1" });
    expect(asked(far, "freshness: { error_after: { count: 1, period: day } }")).toEqual({
      field: "at",
      warn: "12 hours",
      error: "1 day",
      filter: "x > 1",
    });
    expect(asked(far, "freshness: { warn_after: { count: 6 }, filter: null }")).toEqual({
      field: "at",
      warn: "6 hours",
    });
    expect(asked(far, "loaded_at_query: select max(a) from b")).toEqual({
      query: "select max(a) from b",
      warn: "12 hours",
      filter: "x > 1",
    });
    expect(asked(far, "freshness: null")).toEqual({});
    expect(asked(far, "freshness: { warn_after: null }")).toEqual({});
    expect(asked(far, "freshness:", "freshness: { error_after: { count: 30, period: minute } }")).toEqual({
      field: "at",
      error: "30 minutes",
    });
    expect(asked("loaded_at_field: at")).toEqual({});
    expect(asked(far, "loaded_at_field: null")).toEqual({ found: ["link/freshness-without-time"] });
  });

  const statuses = (type: string, ages: readonly (number | undefined)[]): readonly string[] => {
    const limits = { warnAfter: { count: 1, period: "hour" }, errorAfter: { count: 1, period: "day" } } as const;
    return ages.map((hours) =>
      freshnessOf(limits, { newest: undefined, ageMs: hours === undefined ? undefined : hours * 3_600_000, type }),
    );
  };

  test("is passed up to the limit itself, and not by rows of the future or by none", () => {
    expect(statuses("timestamp with time zone", [0, 1, 1.01, 24, 24.01, undefined, Number.POSITIVE_INFINITY])).toEqual([
      "pass",
      "pass",
      "warn",
      "warn",
      "fail",
      "fail",
      "fail",
    ]);
    expect(statuses("timestamp without time zone", [-0.05, -0.1, Number.NEGATIVE_INFINITY])).toEqual([
      "pass",
      "warn",
      "warn",
    ]);
    expect(statuses("date", [-13, -15])).toEqual(["pass", "warn"]);
  });
});
