/** What only the database knows of a project's coverage. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coverage } from "../../../src/index.ts";
import { type Engine, withEngine } from "../../support/engine.ts";

let shop: Engine;

beforeAll(async () => {
  shop = await withEngine({
    "models/orders.sql": `select o.* from {{source "raw" "orders"}} o`,
    "models/shop.yml": `sources:
  - name: raw
    tables: [{ name: customers }, { name: orders, columns: [{ name: order_id }] }, { name: absent }]
models:
  - name: orders
    config: { unique_key: order_id }
    columns: [{ name: customer_id, description: Who ordered. }]
`,
  });
  await shop.database.query(`create schema raw;
    create table raw.customers ("Id" int primary key, name text);
    create table raw.orders (order_id int unique, customer_id int not null references raw.customers, net int check (net > 0), note text);
    create table raw.doubtful (id int)`);
});

afterAll(() => shop[Symbol.asyncDispose]());

const told = async (asks: "files" | "database") => {
  const answer = await coverage({ folder: shop.project.root, env: shop.env }, { asks });
  expect(answer.exitCode).toBe(0);
  return (answer.value?.relations ?? []).map(({ name, columns, columnsKnown, missing }) => ({
    name,
    columns: [columnsKnown, ...columns],
    untested: missing.tests.flatMap((gap) => gap.columns),
    keys: missing.keys.map((gap) => gap.columns),
    relationships: missing.relationships.map((gap) => `${gap.columns} ${gap.to}`),
  }));
};

describe("coverage", () => {
  it("of the files alone is that of what they declare", async () => {
    expect(await told("files")).toEqual([
      { name: "raw.customers", columns: ["more"], untested: [], keys: [], relationships: [] },
      {
        name: "raw.orders",
        columns: ["all", "order_id"],
        untested: ["order_id"],
        keys: [["order_id"]],
        relationships: [],
      },
      { name: "raw.absent", columns: ["more"], untested: [], keys: [], relationships: [] },
      { name: "orders", columns: ["all", "order_id"], untested: ["order_id"], keys: [["order_id"]], relationships: [] },
    ]);
  });

  it("asks the database for columns, keys, foreign keys and checks that no file declares", async () => {
    const all = ["all", "order_id", "customer_id", "net", "note"];
    expect(await told("database")).toEqual([
      { name: "raw.customers", columns: ["all", "Id", "name"], untested: ["name"], keys: [], relationships: [] },
      { name: "raw.orders", columns: all, untested: ["note"], keys: [], relationships: [] },
      { name: "raw.absent", columns: ["more"], untested: [], keys: [], relationships: [] },
      {
        name: "orders",
        columns: all,
        untested: all.slice(1),
        keys: [["order_id"]],
        relationships: [],
      },
    ]);
  });

  it("says that a database is needed where it cannot be reached", async () => {
    const env = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
    const answer = await coverage({ folder: shop.project.root, env }, { asks: "database" });
    expect([answer.exitCode, answer.value]).toEqual([4, undefined]);
  });
});
