/** Two engineers press enter at once: of two verbs that write to a schema one gets through, and the other says whom it met. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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

/** While one stands at the gate others come, and are turned away. */
const whileAtGate = async <T>(
  engine: Engine,
  first: () => Promise<unknown>,
  others: () => Promise<T>,
): Promise<readonly [first: unknown, others: T]> => {
  await using gate = await openClient(engine.database.url, "gate");
  await gate.query("select pg_advisory_lock(7)");
  const one = first();
  await until(() => isAtGate(engine));
  const turnedAway = await others();
  await gate.query("select pg_advisory_unlock(7)");
  return [await one, turnedAway];
};

const cli = async ({ project, env }: Engine, words: readonly string[]) => {
  const started = await startCli(project.root, words, env);
  const { code } = await started.ended;
  return { code, said: started.complaints() };
};

const building = async ({ build }: Engine) => {
  const { exit, complaints } = await build();
  return { code: exit, said: complaints.join() };
};

const metOf = (...words: readonly string[]) => ({
  code: 6,
  said: expect.stringMatching(
    new RegExp(
      `schema \\S+ is being written by another run: \`galley ${words.join(" ")}\` of project shop, .* since \\d{4}-`,
    ),
  ),
});

const DONE = expect.objectContaining({ code: 0 });

const VERBS = [["build"], ["run"], ["seed"], ["snapshot"], ["refresh"]];

describe("of two verbs at once", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await withGate();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  test.each(VERBS)("whoever comes while `%s` writes is turned away, and told of it", async (...verb) => {
    const met = await whileAtGate(
      engine,
      () => cli(engine, verb),
      () => building(engine),
    );
    expect(met).toEqual([DONE, metOf(...verb)]);
  });

  test("each of them is turned away while a build writes, and `clean` takes nothing away from it", async () => {
    const comers = [...VERBS, ["clean"]];
    const met = await whileAtGate(
      engine,
      () => building(engine),
      () => Promise.all(comers.map((verb) => cli(engine, verb))),
    );
    expect(met).toEqual([DONE, comers.map(() => metOf("build"))]);
  });
});

test("whoever comes while `retry` writes is turned away, and so is `retry` itself", async () => {
  await using engine = await withGate();
  const breaks = async (): Promise<void> => {
    await engine.database.query("update raw.n set n = 0");
    expect((await engine.build({ select: ["a"] })).exit).toBe(3);
    await engine.database.query("update raw.n set n = 1");
  };
  await breaks();
  const retrying = () => cli(engine, ["retry"]);
  expect(await whileAtGate(engine, retrying, () => building(engine))).toEqual([DONE, metOf("retry")]);
  await breaks();
  expect(await whileAtGate(engine, () => building(engine), retrying)).toEqual([DONE, metOf("build")]);
});
