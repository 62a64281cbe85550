import { expect, test } from "vitest";
import { engineOn, openClient, projectYml, withEngine } from "../../support/engine.ts";
import { withSmallServer } from "../../support/own-server.ts";
import { makeProject } from "../../support/project.ts";
import { isCommit, withProxy } from "../../support/proxy.ts";

/** Everything that takes locks of its own in a publish. */
const files = {
  "models/keyed.sql": "select 1 as id, 'x'::text as t\n",
  "models/keyed.yml": `models:
  - name: keyed
    config: { indexes: [{ columns: [t] }, { columns: [t, id] }] }
    constraints: [{ type: primary_key, columns: [id] }]
  - { name: grown, columns: [{ name: id, constraints: [{ type: not_null }] }] }
`,
  "models/v.sql": '{{config materialized="view"}}\nselect * from {{ref "keyed"}}\n',
  "models/mv.sql": '{{config materialized="materialized_view"}}\nselect * from {{ref "v"}}\n',
  "models/grown.sql": '{{config materialized="incremental" unique_key="id"}}\nselect id, t from {{ref "keyed"}}\n',
  "models/above.sql": '{{config materialized="view"}}\nselect * from {{ref "grown"}}\n',
};

const HANGING = `
create schema o;
create table o.child (id int references shop.keyed);
create view o.v as select * from shop.keyed;
create materialized view o.mv as select * from shop.keyed;
create index on o.mv (id);
create materialized view o.mv2 as select * from o.mv`;

/** By the session that has locked live. */
const TAKEN = `
select count(*) as n from (select distinct locktype, relation, transactionid, classid, objid from pg_locks
  where pid in (select pid from pg_locks where relation = 'shop.v'::regclass and mode = 'AccessExclusiveLock')) l`;

test("no publish takes more locks than its plan says", async () => {
  await using engine = await withEngine(files);
  expect((await engine.build()).complaints).toEqual([]);
  await engine.database.query(HANGING);
  const planned = (await engine.plan()).value?.publish.parts[0]?.locks ?? 0;
  await using watcher = await openClient(engine.database.url, "watcher");
  const taken: number[] = [];
  await using proxy = await withProxy(engine.database.url, (piece, wire) => {
    if (!isCommit(piece)) return "passed";
    void watcher.query(TAKEN).then(([row]) => {
      taken.push(Number(row?.["n"]));
      wire.server.write(piece);
    });
    return "held";
  });
  const told = await engine.build({ env: { DATABASE_URL: proxy.url } });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  const most = Math.max(...taken);
  expect(most).toBeGreaterThan(10);
  expect(planned).toBeGreaterThanOrEqual(most);
  // And not so much more that what would fit is refused.
  expect(planned).toBeLessThan(2.5 * most);
});

const manyModels = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`models/m${i}.sql`, `select ${i} as id\n`]));

test("a publish that a server's lock table cannot take is refused before anything is built, or when it has been filled since", async () => {
  await using database = await withSmallServer();
  await using project = await makeProject({ "project.yml": projectYml(), ...manyModels(41) });
  const engine = engineOn(project, database);
  const told = await engine.build();
  expect([told.exit, told.result.nodes.size, told.complaints]).toEqual([
    6,
    0,
    [
      expect.stringMatching(
        /^plan\/lock-budget: publishing takes up to 81 locks, and 7\d may be taken: half of the 160 /,
      ),
    ],
  ]);
  await using other = await openClient(database.url, "other");
  let filled: Promise<unknown> | undefined;
  const late = await engine.build({
    select: ["m1"],
    onEvent: (event) => {
      if (event.kind === "node_started")
        filled ??= other.query("select pg_advisory_lock(i) from generate_series(1, 70) i");
    },
  });
  await filled;
  expect([late.exit, late.complaints]).toEqual([
    6,
    [expect.stringMatching(/^execute\/lock-table-full: publishing takes up to 41 locks/)],
  ]);
  await other.query("select pg_advisory_unlock_all()");
  const again = await engine.retry();
  expect([again.exit, again.complaints, await engine.relations()]).toEqual([0, [], ["shop.m1"]]);
});
