/** The server is asked what it calls the columns of a query, and the reader of names must say the same. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OutputColumns, outputColumns } from "../../../src/sql-syntax/output-columns.ts";
import { loadParser } from "../../../src/sql-syntax/parser.ts";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";

let database: TestDatabase;
let client: pg.Client;
const parse = await loadParser();

beforeAll(async () => {
  database = await withTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`create schema shop;
    create table shop.orders (order_id int, customer_id int, "Net" numeric, paid_at timestamptz, note jsonb);
    create table shop.customers (customer_id int, name text)`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  "shop.orders": ["order_id", "customer_id", "Net", "paid_at", "note"],
  "shop.customers": ["customer_id", "name"],
};

const known = (schema: string | undefined, name: string): OutputColumns | undefined => {
  const names = RELATIONS[`${schema}.${name}`];
  return names === undefined ? undefined : { names, isComplete: true };
};

const namesOf = (query: string): OutputColumns => {
  const parsed = parse(query);
  const tree = parsed.kind === "statements" ? parsed.statements[0]?.tree : undefined;
  return outputColumns(tree ?? {}, known);
};

describe("the names of a query's columns are those of the server:", () => {
  it.each([
    'select order_id, o.customer_id as who, "Net" from shop.orders o',
    "select * from shop.orders",
    "table shop.orders",
    "select o.*, name from shop.orders o join shop.customers c using (customer_id)",
    "select * from shop.orders join shop.customers using (customer_id)",
    "select * from shop.orders natural left join shop.customers",
    "select j.* from (shop.orders o cross join (select 1 as one) x) as j (a, b)",
    "with a as (select order_id from shop.orders), b (x) as (select * from a) select * from b",
    "with recursive n (i) as (select 1 union all select i + 1 from n where i < 3) select i, i * 2 as twice from n",
    "with orders as (select 1 as one) select * from orders",
    "select * from (values (1, 'a'), (2, 'b')) as v (id, code)",
    "values (1, 2, 3)",
    "select order_id from shop.orders union all select customer_id from shop.customers",
    "(select 1 as a) union (select 2 as b) order by 1",
    "select g from generate_series(1, 3) g",
    "select * from generate_series(1, 3) as g",
    "select * from unnest(array[1, 2]) with ordinality",
    "select * from unnest(array[1, 2]) with ordinality as u (item, place)",
    "select * from jsonb_to_recordset('[]') as x (id int, name text)",
    "select * from shop.customers c, lateral (select c.*, 1 as one) l",
    "select * from shop.orders tablesample system (10)",
    "select count(*), sum(order_id), max(paid_at)::date, round(1.5)::int, now() from shop.orders",
    "select 1",
    "select 'x'::text, 1::numeric(8, 2), null::date",
    "select order_id::text from shop.orders",
    "select case when true then 1 end",
    "select case when true then 1 else order_id end from shop.orders",
    "select coalesce(order_id, 0) from shop.orders",
    "select nullif(order_id, 0), 1 from shop.orders",
    "select greatest(1, 2)",
    "select least(1, 2)",
    "select array[1]",
    "select array(select 1)",
    "select row(1, 2)",
    "select exists (select 1)",
    "select (select name from shop.customers limit 1)",
    "select (select max(order_id) as top from shop.orders)",
    "select current_date",
    "select current_timestamp(3)",
    "select current_user",
    "select note -> 'a' from shop.orders",
    "select note ->> 'a' as a, (note) from shop.orders",
    "select note['a'] from shop.orders",
    "select (array[1, 2])[1]",
    'select name collate "C" from shop.customers',
    "select avg(order_id) over (partition by customer_id) from shop.orders",
    "select extract(year from paid_at) from shop.orders",
    "select paid_at at time zone 'UTC' from shop.orders",
    "select trim(name) from shop.customers",
    "select substring(name from 1 for 2) from shop.customers",
    "select name is null from shop.customers",
    "select order_id = any (array[1]) from shop.orders",
    "select string_agg(name, ',' order by name) filter (where name > 'a') from shop.customers",
    "select percentile_cont(0.5) within group (order by order_id) from shop.orders",
    "select grouping(name) from shop.customers group by rollup (name)",
    "select interval '1 day', date '2020-01-01', true",
    "select -order_id from shop.orders",
    "select xmlelement(name a)",
  ])("%s", async (query) => {
    const { fields } = await client.query(`select * from (${query}) q limit 0`).catch(() => client.query(query));
    const found = namesOf(query);
    expect(found).toEqual({ names: [...new Set(fields.map((field) => field.name))], isComplete: true });
  });

  it.each([
    "select * from elsewhere.unknown",
    "select u.*, 1 as one from elsewhere.unknown u",
    "select * from jsonb_each('{}')",
    "select (o).* from shop.orders o",
  ])("it is said where there may be more: %s", (query) => {
    expect(namesOf(query).isComplete).toBe(false);
  });
});
