/** Two engineers press enter at once: of two verbs that write to a schema one gets through, and the other says whom it met. */
import { expect, test } from "vitest";
import { type Engine, openClient, until, withEngine } from "../../support/engine.ts";
import { startCli } from "../../support/running-cli.ts";

/** Whatever each verb does first waits at a gate that the test opens. */
const files = {
  "models/a.sql": 'select outside.gate() as id, 1 / n as one, d as day from {{source "raw" "n"}}\n',
  "models/m.sql": '{{config materialized="materialized_view"}}\nselect outside.gate() as id\n',
  "models/sources.yml": "sources: [{ name: raw, tables: [{ name: n }] }]\n",
  "seeds/codes.csv": "code\na\n",
  "seeds/codes.yml": "seeds: [{ name: codes, config: { pre_hook: select outside.gate() } }]\n",
  "snapshots/h.yml": `snapshots:
  - name: h
    relation: ref('a')
    config: { strategy: check, unique_key: day, check_cols: all, pre_hook: select outside.gate() }
`,
};

const GATE = `
create schema raw; create table raw.n (n int, d date); insert into raw.n values (1, '2026-01-01'), (1, '2026-01-20');
create schema outside;
create function outside.gate() returns int language plpgsql as
  'begin perform pg_advisory_lock_shared(7); perform pg_advisory_unlock_shared(7); return 1; end'`;

const withGate = async (): Promise<Engine> => {
  const engine = await withEngine(files);
  await engine.database.query(GATE);
  const built = await engine.build();
  expect([built.exit, built.complaints]).toEqual([0, []]);
  return engine;
};

const isAtGate = async ({ database }: Engine): Promise<boolean> =>
  (
    await database.query(
      "select from pg_locks where locktype = 'advisory' and objid = 7 and classid = 0 and not granted",
    )
  ).length > 0;

/** One that stands at the gate, and one that comes then. */
const bothAtOnce = async (engine: Engine, first: readonly string[], second: readonly string[]) => {
  await using gate = await openClient(engine.database.url, "gate");
  await gate.query("select pg_advisory_lock(7)");
  const one = await startCli(engine.project.root, first, engine.env);
  await until(() => isAtGate(engine));
  const other = await startCli(engine.project.root, second, engine.env);
  const turnedAway = await other.ended;
  await gate.query("select pg_advisory_unlock(7)");
  return { first: await one.ended, second: turnedAway, said: other.complaints() };
};

const DONE = { code: 0, signal: null };
const TURNED_AWAY = { code: 6, signal: null };

const metOf = (words: readonly string[]) =>
  expect.stringMatching(
    new RegExp(
      `schema \\S+ is being written by another run: \`galley ${words.join(" ")}\` of project shop, .* since \\d{4}-`,
    ),
  );

const VERBS = [["build"], ["run"], ["seed"], ["snapshot"], ["refresh"]];

test.each(VERBS)("whoever comes while `%s` writes is turned away, and told of it", async (...verb) => {
  await using engine = await withGate();
  const met = { first: DONE, second: TURNED_AWAY, said: metOf(verb) };
  expect(await bothAtOnce(engine, verb, ["build"])).toEqual(met);
  expect(await bothAtOnce(engine, ["build"], verb)).toEqual({ ...met, said: metOf(["build"]) });
});

test("whoever comes while `retry` writes is turned away, and so is `retry` itself", async () => {
  await using engine = await withGate();
  const breaks = async (): Promise<void> => {
    await engine.database.query("update raw.n set n = 0");
    expect((await engine.build({ select: ["a"] })).exit).toBe(3);
    await engine.database.query("update raw.n set n = 1");
  };
  await breaks();
  const met = { first: DONE, second: TURNED_AWAY, said: metOf(["retry"]) };
  expect(await bothAtOnce(engine, ["retry"], ["build"])).toEqual(met);
  await breaks();
  expect(await bothAtOnce(engine, ["build"], ["retry"])).toEqual({ ...met, said: metOf(["build"]) });
});

test("`clean` takes nothing away from a run that goes on", async () => {
  await using engine = await withGate();
  const met = { first: DONE, second: TURNED_AWAY, said: metOf(["build"]) };
  expect(await bothAtOnce(engine, ["build"], ["clean"])).toEqual(met);
});
