import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";

const LONG = "n".repeat(58);
const names = ["Größe", "two words", "O'Brien", "select", "MixedCase", "naïve-dash", "日本", "a.b", "dollar$$", LONG];

test("names that need quoting are built, tested, indexed, replaced and cleared away", async () => {
  const files = Object.fromEntries(
    names.flatMap((name, i) => [
      [
        `models/${name}.sql`,
        i === 0 ? 'select 1 as "Id", 1 as "say ""hi"""\n' : `select "Id" from {{ref "${names[i - 1]}"}}\n`,
      ],
    ]),
  );
  await using engine = await withEngine(
    {
      ...files,
      "models/models.yml": `models:\n${names
        .map(
          (name, i) => `  - name: ${JSON.stringify(name)}
    config: { indexes: [{ name: "i ${i}", columns: [Id] }] }
    constraints: [{ type: primary_key, columns: [Id], name: "key ""of ${i}" }]
    columns: [{ name: Id, data_tests: [unique, not_null] }]\n`,
        )
        .join("")
        .replaceAll('"key ""of', "'key \"of")
        .replaceAll(/('key "of \d+)"/g, "$1'")}`,
    },
    { target: 'schema_prefix: "My "' },
  );
  for (let i = 0; i < 2; i++) {
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(told.result.tests.size).toBe(2 * names.length);
  }
  expect(await engine.relations()).toHaveLength(names.length);
  expect([...(await engine.relations())].sort()).toEqual(names.map((name) => `My shop.${name}`).sort());
});

test("two schemas and a prefix: everything of ours is prefixed, the source is not", async () => {
  await using engine = await withEngine(
    {
      "models/sources.yml": "sources: [{ name: raw, tables: [{ name: games }] }]\n",
      "models/a.sql": 'select id from {{source "raw" "games"}}\n',
      "models/b.sql": '{{config schema="reports"}}\nselect id from {{ref "a"}}\n',
      "models/c.sql": '{{config schema="apart" materialized="view"}}\nselect id from {{ref "b"}}\n',
      "models/a.yml": `models:
  - name: a
    constraints: [{ type: foreign_key, columns: [id], to: "source('raw', 'games')", to_columns: [id] }]
`,
    },
    { target: 'schema_prefix: "ci_7_"' },
  );
  await engine.database.query(
    "create schema raw; create table raw.games (id int primary key); insert into raw.games values (1)",
  );
  for (let i = 0; i < 2; i++) {
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([
      0,
      [
        'plan/foreign-key-not-made: foreign key "a_id_fkey" of model.shop.a to source.shop.raw.games is not made in a prefixed copy',
      ],
    ]);
  }
  expect(await engine.relations()).toEqual(["ci_7_apart.c", "ci_7_reports.b", "ci_7_shop.a", "raw.games"]);
  expect(await engine.database.query("select count(*)::int as n from ci_7_galley.relations")).toEqual([{ n: 3 }]);
  expect(
    await engine.database.query(
      "select from pg_namespace where nspname like '%\\_\\_next' or nspname like '%\\_\\_old'",
    ),
  ).toEqual([]);
});
