/** Every strategy with every `on_schema_change`, by a key of two columns and with predicates: in one project, all at once. */
import { expect, test } from "vitest";
import { type Engine, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

type Case = { readonly strategy: string; readonly policy: string; readonly isNarrowed: boolean };

const STRATEGIES = ["append", "upsert", "delete_insert", "merge"];
const POLICIES = ["ignore", "append_new_columns", "sync_all_columns"];

/** Predicates narrow what is looked for on live; `upsert` and `append` look for nothing there. */
const casesOf = (strategies: readonly string[]): readonly Case[] =>
  strategies.flatMap((strategy) =>
    POLICIES.flatMap((policy) =>
      (strategy === "merge" || strategy === "delete_insert" ? [false, true] : [false]).map((isNarrowed) => ({
        strategy,
        policy,
        isNarrowed,
      })),
    ),
  );

const nameOf = ({ strategy, policy, isNarrowed }: Case): string =>
  `${strategy}__${policy}${isNarrowed ? "__narrowed" : ""}`;

const ymlOf = (one: Case): string => {
  const { strategy, policy, isNarrowed } = one;
  const config = [
    "materialized: incremental",
    `incremental_strategy: ${strategy}`,
    `on_schema_change: ${policy}`,
    ...(strategy === "append" ? [] : ["unique_key: [id, day]"]),
    ...(isNarrowed ? ["incremental_predicates: ['DBT_INTERNAL_DEST.id > 1']"] : []),
  ];
  return `  - { name: ${nameOf(one)}, config: { ${config.join(", ")} } }\n`;
};

const FIRST = "select id, day, note from (values (1, 1, 'one'), (2, 1, 'two'), (3, 1, 'three')) v (id, day, note)\n";

/** `sync_all_columns` loses a column too, which the others may not. */
const LATER = "(values (2, 1, 'zwei', 7), (2, 2, 'new', 8)) v (id, day, note, extra)";

const filesOf = (cases: readonly Case[], bodyOf: (one: Case) => string): Readonly<Record<string, string>> => ({
  "models/models.yml": `models:\n${cases.map(ymlOf).join("")}`,
  ...Object.fromEntries(cases.map((one) => [`models/${nameOf(one)}.sql`, bodyOf(one)])),
});

const laterBody = ({ policy }: Case): string =>
  `select id, day, ${policy === "sync_all_columns" ? "" : "note, "}extra from ${LATER}\n`;

const expectedRows = ({ strategy, policy }: Case): readonly string[] => {
  const rowOf = (id: number, day: number, note: string, extra: string): string =>
    policy === "ignore"
      ? `(${id},${day},${note})`
      : policy === "append_new_columns"
        ? `(${id},${day},${note},${extra})`
        : `(${id},${day},${extra})`;
  return [
    rowOf(1, 1, "one", ""),
    ...(strategy === "append" ? [rowOf(2, 1, "two", "")] : []),
    rowOf(2, 1, "zwei", "7"),
    rowOf(2, 2, "new", "8"),
    rowOf(3, 1, "three", ""),
  ].sort();
};

const rowsOf = async ({ database }: Engine, name: string): Promise<readonly string[]> =>
  (await database.query(`select t::text as row from shop.${name} t`)).map(({ row }) => String(row)).sort();

forEachServer((server) => {
  const cases = casesOf(STRATEGIES.filter((s) => s !== "merge" || server !== "lowest"));

  test("columns that come and go with new rows, whatever the strategy", async () => {
    await using engine = await withEngine(
      filesOf(cases, () => FIRST),
      { server },
    );
    const first = await engine.build();
    expect([first.exit, first.complaints]).toEqual([0, []]);
    const downstream = cases.map((one) => [
      `models/below_${nameOf(one)}.sql`,
      `select t::text as row from {{ref "${nameOf(one)}"}} as t\n`,
    ]);
    await engine.project.write({ ...filesOf(cases, laterBody), ...Object.fromEntries(downstream) });
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    for (const one of cases) {
      const live = await rowsOf(engine, nameOf(one));
      expect.soft([nameOf(one), live]).toEqual([nameOf(one), expectedRows(one)]);
      // What a model downstream was shown is what publish made.
      const shown = await engine.database.query(`select row from shop.below_${nameOf(one)} order by row collate "C"`);
      expect.soft([nameOf(one), shown.map(({ row }) => row).sort()]).toEqual([nameOf(one), live]);
    }
  });

  test("fail refuses each of them with a table of differences, and live stays", async () => {
    const failing = STRATEGIES.filter((s) => s !== "merge" || server !== "lowest").map(
      (strategy): Case => ({ strategy, policy: "fail", isNarrowed: false }),
    );
    await using engine = await withEngine(
      filesOf(failing, () => FIRST),
      { server },
    );
    expect((await engine.build()).exit).toBe(0);
    await engine.project.write(filesOf(failing, laterBody));
    const told = await engine.build();
    expect(told.exit).toBe(2);
    expect(told.diagnostics.map((d) => d.code)).toEqual(failing.map(() => "execute/schema-changed"));
    for (const diagnostic of told.diagnostics) expect(diagnostic.message).toMatch(/\n\s*extra\s+integer\s+–/);
    for (const one of failing)
      expect(await rowsOf(engine, nameOf(one))).toEqual(["(1,1,one)", "(2,1,two)", "(3,1,three)"]);
  });
});
