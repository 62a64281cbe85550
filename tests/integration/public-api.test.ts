/** The other door: what a program gets that imports Galley. */
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import * as galley from "../../src/index.ts";
import { type TestDatabase, withTestDatabase } from "../support/database.ts";
import { projectYml } from "../support/engine.ts";
import { makeProject, type TestProject } from "../support/project.ts";

const FILES = {
  "project.yml": projectYml({ project: "vars: { least: 1 }" }),
  "models/items.sql": `select g.n from generate_series({{var "least"}}, 3) as g(n)\n`,
  "models/doubled.sql": `select n * 2 as n from {{ref "items"}}\n`,
  "models/items.yml": "models: [{ name: items, columns: [{ name: n, data_tests: [unique] }] }]\n",
};

const RAW = {
  "migrations/0001_raw.sql": "create schema raw;\ncreate table raw.items (name text primary key);\n",
  "ingest/items.yml":
    "ingest: items\nfile: { format: csv }\nsteps: [{ into: raw.items, key: [name], columns: { name: name } }]\n",
};

type Shop = AsyncDisposable & {
  readonly project: TestProject;
  readonly database: TestDatabase;
  readonly place: galley.Place;
};

const makeShop = async (files: Readonly<Record<string, string>>): Promise<Shop> => {
  const [project, database] = await Promise.all([makeProject(files), withTestDatabase()]);
  return {
    project,
    database,
    place: { folder: project.root, env: { DATABASE_URL: database.url } },
    [Symbol.asyncDispose]: async () => {
      await project.remove();
      await database.drop();
    },
  };
};

test("a program migrates, builds, tests and looks, and gets data for answers", async () => {
  await using shop = await makeShop({ ...FILES, ...RAW });
  const { place } = shop;
  const heard: string[] = [];

  const migrated = await galley.migrate(place);
  expect(migrated).toMatchObject({ exitCode: 0, value: [{ number: 1, status: "applied" }] });

  const planned = await galley.plan(place);
  expect([planned.exitCode, planned.value?.writes]).toEqual([0, ["shop"]]);

  const built = await galley.build({ ...place, onEvent: ({ kind }) => heard.push(kind) }, { vars: { least: 2 } });
  expect(built).toMatchObject({ exitCode: 0, diagnostics: [], value: { state: "succeeded", exitCode: 0 } });
  expect([...(built.value?.nodes.keys() ?? [])].toSorted()).toEqual(["model.shop.doubled", "model.shop.items"]);
  expect([...(built.value?.tests.values() ?? [])].map(({ status }) => status)).toEqual(["pass"]);
  expect(heard).toEqual(built.events.map(({ kind }) => kind));

  const found = await galley.failures(place, { run: built.runId });
  expect(found).toMatchObject({ exitCode: 0, value: { kind: "compared", run: { state: "succeeded" }, tests: [] } });

  const tested = await galley.test(place, { select: ["items"], target: undefined });
  expect([tested.exitCode, tested.value?.tests.size]).toEqual([0, 1]);
  expect(tested.eventTimes).toHaveLength(tested.events.length);
  const junit = galley.reportText(tested, "junit");
  expect(junit).toContain('<testcase name="unique_items_n" classname="model.shop.items"');
  expect(junit).toContain('<testsuites name="galley test"');

  const shown = await galley.show(place, { asked: { kind: "select", select: ["doubled"] } });
  expect(shown.value).toEqual({ node: "model.shop.doubled", columns: ["n"], rows: [["4"], ["6"]] });

  const listed = await galley.ls(place, { resourceTypes: ["model"], exclude: ["doubled"] });
  expect(listed.value?.map(({ relation }) => relation)).toEqual(["shop.items"]);

  const compiled = await galley.compile(place, { select: ["doubled"] });
  expect(compiled.value?.map(({ sql }) => sql.trim())).toEqual([`select n * 2 as n from "shop"."items"`]);
});

test("a file to ingest is a path or a stream", async () => {
  await using shop = await makeShop({ ...FILES, ...RAW });
  await galley.migrate(shop.place);
  await shop.project.write({ "more.csv": "name\na\nc\n" });
  const stream = await galley.ingest(shop.place, {
    mapping: "items",
    file: Readable.from([Buffer.from("name\na\nb\n")]),
  });
  expect(stream.value).toMatchObject({ file: "standard input", steps: [{ counts: { inserted: 2 } }] });
  const path = await galley.ingest(shop.place, { mapping: "items", file: "more.csv" });
  expect(path.value).toMatchObject({ file: "more.csv", steps: [{ counts: { inserted: 1, unchanged: 1 } }] });
});

test("what is wrong comes as diagnostics, with the exit code of the command line and no answer", async () => {
  await using shop = await makeShop({ ...FILES, "models/doubled.sql": `select n from {{ref "itms"}}\n` });
  const { exitCode, value, diagnostics } = await galley.build(shop.place);
  expect([exitCode, value, diagnostics.map(({ code }) => code)]).toEqual([2, undefined, ["link/unknown-reference"]]);
  expect(diagnostics.map((d) => galley.showDiagnostic(d)).join()).toContain("models/doubled.sql:1:");
});

test("a failed test is exit 1, and says which", async () => {
  await using shop = await makeShop({ ...FILES, "models/items.sql": "select 1 as n union all select 1\n" });
  const { exitCode, value } = await galley.build(shop.place, { isFailFast: true });
  expect([exitCode, value?.state]).toEqual([1, "failed"]);
  expect([...(value?.tests.values() ?? [])]).toMatchObject([{ status: "fail", name: "unique_items_n" }]);
});

test("nothing is read from the caller's own environment", async () => {
  await using shop = await makeShop(FILES);
  const { exitCode, diagnostics } = await galley.debug({ ...shop.place, env: {} });
  expect([exitCode, diagnostics.map(({ code }) => code)]).toEqual([2, ["load/missing-env"]]);
});

test("an aborted signal stops the run in order", async () => {
  await using shop = await makeShop({ ...FILES, "models/slow.sql": "select pg_sleep(100)::text as a\n" });
  const stop = new AbortController();
  const onEvent = (event: galley.RunEvent): void => {
    if (event.kind === "node_started" && event.node === "model.shop.slow") stop.abort();
  };
  const { value } = await galley.run({ ...shop.place, signal: stop.signal, onEvent });
  expect([value?.state, value?.nodes.get(galley.nodeId("model.shop.slow"))?.status]).toEqual([
    "cancelled",
    "cancelled",
  ]);
});

test("a new project, and no server to stop", async () => {
  await using project = await makeProject({});
  const place = { folder: project.root, env: {} };
  expect(await galley.init(place, { name: "shop" })).toMatchObject({ exitCode: 0, value: { folder: project.root } });
  expect(await galley.dbStop(place)).toMatchObject({ exitCode: 0, value: { wasRunning: false } });
});
