import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestDatabase } from "../../support/database.ts";
import { type Engine, engineOn, openClient, projectYml } from "../../support/engine.ts";
import { withSmallServer } from "../../support/own-server.ts";
import { makeProject } from "../../support/project.ts";

/** One publish may take about 75 locks of it, which is some 17 relations. */
let server: TestDatabase;
beforeAll(async () => {
  server = await withSmallServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const COUNT = 40;
const name = (i: number): string => `m${String(i).padStart(2, "0")}`;

/** A chain of models, with keys and a view across where it is cut. */
const day = (n: number): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    Array.from({ length: COUNT }, (_, i) => [
      `models/${name(i)}.sql`,
      i === 0 ? `select ${n} as day, 1 as id\n` : `select day, id from {{ref "${name(i - 1)}"}}\n`,
    ]),
  ),
  "models/ends.sql": `{{config materialized="view"}}\nselect a.day as first, b.day as last from {{ref "${name(0)}"}} a join {{ref "${name(COUNT - 1)}"}} b using (id)\n`,
  "models/keys.yml": `models:
  - name: ${name(0)}
    constraints: [{ type: primary_key, columns: [id] }]
  - name: ${name(COUNT - 1)}
    constraints: [{ type: foreign_key, columns: [id], to: ref('${name(0)}'), to_columns: [id] }]
`,
});

const withBatches = `${projectYml()}publish: batches\n`;

const madeOn = async (): Promise<Engine & AsyncDisposable> => {
  const project = await makeProject({ "project.yml": withBatches, ...day(1) });
  const engine = engineOn(project, server);
  return Object.assign(engine, { [Symbol.asyncDispose]: () => project[Symbol.asyncDispose]() });
};

const liveOf = async (): Promise<readonly string[]> => {
  const rows = await server.query(
    Array.from({ length: COUNT }, (_, i) => `select ${i} as i, day from shop.${name(i)}`).join(" union all ") +
      " order by 1",
  );
  return rows.map((row) => String(row["day"]));
};

const days = (n: number): readonly string[] => Array.from({ length: COUNT }, () => String(n));

test("a publish that the lock table cannot take goes in batches, and what hangs between them is never broken", async () => {
  await using engine = await madeOn();
  expect((await engine.build()).complaints).toEqual([]);
  await server.query(
    `create schema o; create view o.both as select a.day as first, b.day as last from shop.${name(0)} a join shop.${name(COUNT - 1)} b using (id)`,
  );
  await engine.project.write(day(2));
  await using reader = await openClient(server.url, "reader");
  const seen: string[] = [];
  let hasEnded = false;
  const reading = (async () => {
    while (!hasEnded) {
      const [row] = await reader.query(
        "select o.first as outside, e.first, e.last from shop.ends e cross join o.both o",
      );
      seen.push(`${row?.["first"]}${row?.["last"]}`);
    }
  })();
  const told = await engine.build();
  hasEnded = true;
  await reading;
  expect([told.exit, told.complaints]).toEqual([0, []]);
  const { mixed, relations } = told.result.publish ?? {};
  expect([relations, mixed?.batches]).toEqual([COUNT + 1, 3]);
  expect(new Date(mixed?.from ?? "").getTime()).toBeLessThan(new Date(mixed?.until ?? "").getTime());
  expect(await liveOf()).toEqual(days(2));
  // The project's own view goes over with its last parent: it shows one day or the other, never both.
  expect([...new Set(seen)].filter((s) => s !== "11" && s !== "22")).toEqual([]);
  expect(await server.query("select * from o.both")).toEqual([{ first: 2, last: 2 }]);
  expect(await server.query("select nspname from pg_namespace where nspname like 'shop\\_\\_%'")).toEqual([]);
});

test("a batch that cannot follow leaves live of two days, says so, and the next build mends it", async () => {
  await using engine = await madeOn();
  await engine.project.write({
    ...day(3),
    "project.yml": withBatches.replace("type: postgres", "type: postgres, publish_timeout: 1s"),
  });
  await using holder = await openClient(server.url, "holder");
  await holder.query(`begin; lock table shop.${name(COUNT - 1)} in access share mode`);
  const told = await engine.build();
  await holder.query("rollback");
  expect([told.exit, told.result.publish?.status]).toEqual([3, "partly"]);
  expect(told.complaints).toEqual([
    expect.stringMatching(/^execute\/publish-timeout: /),
    expect.stringMatching(
      /^execute\/partly-published: 2 of 3 parts were published, and live is of two days since \d{4}-.*: still as before are .*shop\.m39/,
    ),
  ]);
  const live = await liveOf();
  expect([live[0], live.at(-1), new Set(live).size]).toEqual(["3", "2", 2]);
  expect(await server.query("select * from shop.ends")).toEqual([{ first: 2, last: 2 }]);
  await engine.project.write(day(4));
  const next = await engine.build();
  expect([next.exit, next.complaints]).toEqual([0, []]);
  expect(await liveOf()).toEqual(days(4));
  expect(await server.query("select nspname from pg_namespace where nspname like 'shop\\_\\_%'")).toEqual([]);
});

test("after a batch that could not follow, retry builds what hangs on the batches before, and publishes all", async () => {
  await using engine = await madeOn();
  await engine.project.write({
    ...day(5),
    "project.yml": withBatches.replace("type: postgres", "type: postgres, publish_timeout: 1s"),
  });
  await using holder = await openClient(server.url, "holder");
  await holder.query(`begin; lock table shop.${name(COUNT - 1)} in access share mode`);
  expect((await engine.build()).exit).toBe(3);
  await holder.query("rollback");
  const again = await engine.retry();
  expect([again.exit, again.complaints]).toEqual([0, []]);
  expect(await liveOf()).toEqual(days(5));
});
