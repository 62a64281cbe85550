import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";

const commentsOf = (relation: string) =>
  `select obj_description('${relation}'::regclass, 'pg_class') as relation, col_description('${relation}'::regclass, 1) as id, col_description('${relation}'::regclass, 2) as name`;

const files = (materialized: string, config = "") => ({
  "models/a.sql": "select 1 as id, 'one'::text as name\n",
  "models/a.yml": `models:
  - name: a
    description: It's a \\ model.
    config: { materialized: ${materialized}${config} }
    columns: [{ name: id, description: The key. }, { name: name }]
`,
});

test.each(["table", "view", "materialized_view"])(
  "descriptions of a %s are its comments, and win over what stood",
  async (kind) => {
    await using engine = await withEngine(files(kind));
    const { database } = engine;
    expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
    expect(await database.query(commentsOf("shop.a"))).toEqual([
      { relation: "It's a \\ model.", id: "The key.", name: null },
    ]);
    await database.query(
      `comment on ${kind.replace("_", " ")} shop.a is 'by hand'; comment on column shop.a.id is 'by hand'; comment on column shop.a.name is 'by hand'`,
    );
    expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
    expect(await database.query(commentsOf("shop.a"))).toEqual([
      { relation: "It's a \\ model.", id: "The key.", name: "by hand" },
    ]);
  },
);

test("persist_docs switches them off, and what stands is kept", async () => {
  await using engine = await withEngine(files("table", ", persist_docs: { relation: false }"));
  expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
  expect(await engine.database.query(commentsOf("shop.a"))).toEqual([{ relation: null, id: "The key.", name: null }]);
  await engine.database.query("comment on table shop.a is 'by hand'");
  expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
  expect(await engine.database.query(commentsOf("shop.a"))).toEqual([
    { relation: "by hand", id: "The key.", name: null },
  ]);
});

test("a seed has comments too", async () => {
  await using engine = await withEngine({
    "seeds/prices.csv": "id,name\n1,a\n",
    "seeds/prices.yml":
      "seeds:\n  - { name: prices, description: What things cost., columns: [{ name: id, description: The key. }] }\n",
  });
  expect(await engine.build()).toMatchObject({ exit: 0, complaints: [] });
  expect(await engine.database.query(commentsOf("shop.prices"))).toEqual([
    { relation: "What things cost.", id: "The key.", name: null },
  ]);
});

test("a description that changes reaches the table of an incremental model with its new rows", async () => {
  const model = (description: string) => ({
    "models/a.sql": "select 1 as id, 'one'::text as name\n",
    "models/a.yml": `models: [{ name: a, description: ${description}, config: { materialized: incremental, unique_key: id }, columns: [{ name: id, description: ${description} }, { name: gone, description: x }] }]`,
  });
  await using engine = await withEngine(model("First."));
  expect(await engine.build()).toMatchObject({ exit: 0 });
  await engine.project.write(model("Second."));
  expect(await engine.build()).toMatchObject({ exit: 0 });
  expect(await engine.database.query(commentsOf("shop.a"))).toEqual([
    { relation: "Second.", id: "Second.", name: null },
  ]);
});
