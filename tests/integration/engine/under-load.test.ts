import pg from "pg";
import { expect, test } from "vitest";
import { type Engine, engineOn, projectYml, until, withEngine } from "../../support/engine.ts";
import { withVacuumedServer } from "../../support/own-server.ts";
import { makeProject } from "../../support/project.ts";

const ROWS = 200;
const PUBLISHES = 3;

const day = (n: number) => ({
  "models/a.sql": `select ${n} as n, g as id from generate_series(1, ${ROWS}) as g\n`,
  "models/b.sql": 'select n, id from {{ref "a"}}\n',
  "models/v.sql":
    '{{config materialized="view"}}\nselect a.n as an, b.n as bn, id from {{ref "a"}} a join {{ref "b"}} b using (id)\n',
  "models/w.sql": '{{config schema="reports" materialized="view"}}\nselect an, bn, id from {{ref "v"}}\n',
});

/** What a reader saw at once: how many rows, and of which days. */
type Seen = { readonly rows: number; readonly days: readonly number[] };

type Read = (client: pg.Client) => Promise<Seen>;

const rowsOf = async (client: pg.Client, query: string | pg.QueryConfig): Promise<Seen> => {
  const { rows } = await client.query(query);
  const days = rows.flatMap((row: Record<string, unknown>) => [row["an"], row["bn"]].map(Number));
  return { rows: rows.length, days: [...new Set(days)] };
};

const JOIN = "select a.n as an, b.n as bn from shop.a a join shop.b b using (id)";

/** Each by itself must see all rows of one day. */
const READERS: Readonly<Record<string, Read>> = {
  "a join": (client) => rowsOf(client, JOIN),
  "a chain of views": (client) => rowsOf(client, "select an, bn from reports.w"),
  "a named prepared statement": (client) => rowsOf(client, { name: "kept", text: JOIN }),
  "a function with cached plans": (client) => rowsOf(client, "select * from outside.both()"),
  "several statements of one snapshot": async (client) => {
    await client.query("begin isolation level repeatable read");
    const a = await rowsOf(client, "select n as an, n as bn from shop.a");
    const b = await rowsOf(client, "select n as an, n as bn from shop.b");
    await client.query("commit");
    return { rows: Math.min(a.rows, b.rows), days: [...new Set([...a.days, ...b.days])] };
  },
  "a long transaction that comes to the tables at its end": async (client) => {
    await client.query("begin isolation level repeatable read");
    // Long enough for a build and more; publish waits for it.
    for (let i = 0; i < 300; i++) await client.query("select count(*) from pg_class");
    const seen = await rowsOf(client, JOIN);
    await client.query("commit");
    return seen;
  },
  "a cursor": async (client) => {
    await client.query(`begin; declare c cursor for ${JOIN}`);
    const first = await rowsOf(client, "fetch 50 from c");
    const rest = await rowsOf(client, "fetch all from c");
    await client.query("commit");
    return { rows: first.rows + rest.rows, days: [...new Set([...first.days, ...rest.days])] };
  },
  "a cursor that outlives its transaction": async (client) => {
    await client.query(`declare h cursor with hold for ${JOIN}`);
    const first = await rowsOf(client, "fetch 50 from h");
    const rest = await rowsOf(client, "fetch all from h");
    await client.query("close h");
    return { rows: first.rows + rest.rows, days: [...new Set([...first.days, ...rest.days])] };
  },
};

/** What goes on beside the readers; each must never fail. */
const WORKERS: Readonly<Record<string, string>> = {
  "a writer of raw": "insert into raw.games values (1); update raw.games set id = id + 1; delete from raw.games",
  "a vacuum": "vacuum analyze",
};

const looping = async (
  { database }: Engine,
  signal: AbortSignal,
  turn: (client: pg.Client) => Promise<void>,
): Promise<{ readonly turns: number; readonly errors: readonly string[] }> => {
  const client = new pg.Client({ connectionString: database.url, application_name: "load" });
  await client.connect();
  const errors: string[] = [];
  let turns = 0;
  while (!signal.aborted && errors.length === 0) {
    await turn(client).catch((error: Error) => errors.push(error.message));
    turns += 1;
  }
  await client.end();
  return { turns, errors };
};

test("autovacuum gives way to publish, which says that it waits for it", async () => {
  const database = await withVacuumedServer();
  const project = await makeProject({
    "project.yml": projectYml(),
    "models/a.sql": "select g as id, repeat('x', 200) as filler from generate_series(1, 5000) as g\n",
  });
  await using engine = engineOn(project, database);
  expect((await engine.build()).exit).toBe(0);
  await database.query("delete from shop.a where id % 2 = 0");
  const isVacuumed = "select from pg_stat_progress_vacuum where relid = 'shop.a'::regclass";
  await until(async () => (await database.queryAsSuperuser(isVacuumed)).length > 0);
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  const waits = told.events.flatMap((e) => (e.kind === "publish_waiting" ? [e.holders.map((h) => h.application)] : []));
  expect(waits).toEqual([["autovacuum"]]);
  expect(told.result.publish).toMatchObject({ status: "published", attempts: 1 });
});

test("readers of every kind see all of one day while it is published again and again", async () => {
  await using engine = await withEngine(day(0));
  await engine.database.query(`create schema raw; create table raw.games (id int); create schema outside`);
  expect((await engine.build()).exit).toBe(0);
  await engine.database.query(
    `create function outside.both() returns table (an int, bn int) language plpgsql as $$ begin return query ${JOIN}; end $$`,
  );
  const stop = new AbortController();
  const wrong: string[] = [];
  const readers = Object.entries(READERS).map(([name, read]) => {
    let newest = 0;
    const turn = async (client: pg.Client): Promise<void> => {
      const { rows, days } = await read(client);
      const [first = -1] = days;
      if (rows !== ROWS || days.length !== 1 || first < newest)
        wrong.push(`${name} saw ${rows} rows of days ${days.join(", ")} after day ${newest}`);
      newest = Math.max(newest, first);
    };
    return { name, ended: looping(engine, stop.signal, turn) };
  });
  const workers = Object.entries(WORKERS).map(([name, statement]) => ({
    name,
    ended: looping(engine, stop.signal, async (client) => void (await client.query(statement))),
  }));
  const exits: number[] = [];
  for (let n = 1; n <= PUBLISHES; n++) {
    await engine.project.write(day(n));
    const told = await engine.build();
    exits.push(told.exit);
    if (told.exit !== 0) wrong.push(...told.complaints);
  }
  stop.abort();
  const endings = await Promise.all(
    [...readers, ...workers].map(async ({ name, ended }) => ({ name, ...(await ended) })),
  );
  expect(wrong).toEqual([]);
  expect(exits).toEqual(Array.from({ length: PUBLISHES }, () => 0));
  expect(endings.flatMap(({ name, errors }) => errors.map((e) => `${name}: ${e}`))).toEqual([]);
  expect(endings.filter(({ turns }) => turns === 0)).toEqual([]);
});
