/** Microbatch models: which windows a run builds, what they replace on live, and what becomes of a batch that fails. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Engine, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

const SOURCES = `
sources:
  - name: raw
    tables:
      - { name: events, config: { event_time: at } }
      - { name: kinds }
`;

const CONFIG = "incremental_strategy: microbatch, event_time: at, begin: 2024-01-01, batch_size: day";
const QUERY = `select e.id, e.at, k.name, 1 / e.divisor as part from {{source "raw" "events"}} e join {{source "raw" "kinds"}} k on k.id = e.kind\n`;

const model = (config = CONFIG, query = QUERY): Readonly<Record<string, string>> => ({
  "models/raw.yml": SOURCES,
  "models/daily.sql": query,
  "models/daily.yml": `models: [{ name: daily, config: { materialized: incremental, ${config} } }]\n`,
});

const withEvents = async (files = model(), server: "newest" | "lowest" = "newest"): Promise<Engine> => {
  const engine = await withEngine(files, { server });
  await engine.database.query(
    "create schema raw; create table raw.events (id int, at timestamptz, kind int default 1, divisor int default 1); create table raw.kinds (id int, name text); insert into raw.kinds values (1, 'one')",
  );
  await add(engine, [1, "2024-01-01 10:00"], [2, "2024-01-02 23:59:59"], [3, "2024-01-03 00:00"]);
  return engine;
};

const add = async ({ database }: Engine, ...events: readonly (readonly [number, string])[]): Promise<void> => {
  for (const [id, at] of events) await database.query(`insert into raw.events values (${id}, '${at}+00')`);
};

const day = (text: string): Date => new Date(`${text}T12:00:00Z`);

const built = async (engine: Engine, now: Date, asked: Parameters<Engine["build"]>[0] = {}): Promise<void> => {
  const told = await engine.build({ ...asked, now });
  expect([told.exit, told.complaints]).toEqual([0, []]);
};

const ids = async ({ database }: Engine): Promise<string> => {
  const rows = await database.query("select id from shop.daily order by id, at");
  return rows.map((r) => r["id"]).join(" ");
};

/** Of the newest run: the days, with their rows. */
const batches = async ({ database }: Engine): Promise<readonly string[]> => {
  const rows = await database.query(
    `select to_char(batch_start at time zone 'utc', 'MM-DD HH24') || ' ' || rows as it from galley.batches
     where run_id = (select run_id from galley.runs order by started_at desc limit 1) order by batch_start`,
  );
  return rows.map((r) => String(r["it"]));
};

/** The bookkeeping has the server's time; a test moves the last run to the day that it means. */
const lastReadOn = async ({ database }: Engine, time: Date): Promise<void> => {
  await database.query(`update galley.batches set read_at = '${time.toISOString()}'`);
  await database.query(`update galley.runs set started_at = '${time.toISOString()}'`);
};

forEachServer((server) => {
  test("the first build makes each day in a batch of its own", async () => {
    await using engine = await withEvents(model(), server);
    await built(engine, day("2024-01-04"));
    expect(await batches(engine)).toEqual(["01-01 00 1", "01-02 00 1", "01-03 00 1", "01-04 00 0"]);
    expect(await ids(engine)).toBe("1 2 3");
    expect(await engine.relations()).toEqual(["raw.events", "raw.kinds", "shop.daily"]);
  });

  test("a later run builds the current batch and one before it, and replaces those alone", async () => {
    await using engine = await withEvents(model(), server);
    await built(engine, day("2024-01-03"));
    await lastReadOn(engine, day("2024-01-03"));
    const oid = await engine.database.query("select 'shop.daily'::regclass::oid::text as oid");
    // Too late for the lookback, just in time, in the open batch, and gone since.
    await add(engine, [10, "2024-01-01 11:00"], [11, "2024-01-03 11:00"], [12, "2024-01-04 11:00"]);
    await engine.database.query("delete from raw.events where id in (1, 3)");
    await built(engine, day("2024-01-04"));
    expect(await batches(engine)).toEqual(["01-03 00 1", "01-04 00 1"]);
    expect(await ids(engine)).toBe("1 2 11 12");
    expect(await engine.database.query("select 'shop.daily'::regclass::oid::text as oid")).toEqual(oid);
  });
});

describe("the windows", () => {
  test("reach back to the last run, where some were left out", async () => {
    await using engine = await withEvents();
    await built(engine, day("2024-01-03"));
    await lastReadOn(engine, day("2024-01-03"));
    await add(engine, [4, "2024-01-03 20:00"], [5, "2024-01-05 20:00"]);
    await built(engine, day("2024-01-07"));
    expect(await batches(engine)).toEqual(["01-03 00 2", "01-04 00 0", "01-05 00 1", "01-06 00 0", "01-07 00 0"]);
    expect(await ids(engine)).toBe("1 2 3 4 5");
  });

  test("are those of the command line, aligned to batches, and that counts as no run of the schedule", async () => {
    await using engine = await withEvents();
    await built(engine, day("2024-01-03"));
    await lastReadOn(engine, day("2024-01-03"));
    await add(engine, [10, "2024-01-01 11:00"], [11, "2024-01-02 11:00"], [12, "2024-01-04 11:00"]);
    await built(engine, day("2024-01-06"), { eventTime: { start: "2024-01-01 05:00", end: "2024-01-02" } });
    expect(await batches(engine)).toEqual(["01-01 00 2"]);
    expect(await ids(engine)).toBe("1 2 3 10");
    await built(engine, day("2024-01-06"));
    expect(await batches(engine)).toEqual(["01-03 00 1", "01-04 00 1", "01-05 00 0", "01-06 00 0"]);
  });

  test("of a full refresh are all from the begin on", async () => {
    await using engine = await withEvents();
    await built(engine, day("2024-01-03"));
    await engine.database.query("delete from raw.events where id = 1");
    await built(engine, day("2024-01-03"), { isFullRefresh: true });
    expect(await ids(engine)).toBe("2 3");
  });

  test("none are due before the begin", async () => {
    await using engine = await withEvents();
    await built(engine, day("2023-12-31"));
    expect([await batches(engine), await ids(engine)]).toEqual([[], ""]);
    await lastReadOn(engine, day("2023-12-31"));
    await built(engine, day("2024-01-03"));
    expect(await ids(engine)).toBe("1 2 3");
  });

  test("are said by the plan", async () => {
    await using engine = await withEvents();
    const planned = await engine.plan({ now: day("2024-01-31") });
    const task = [...(planned.value?.tasks.values() ?? [])][0];
    expect(task?.kind === "build" ? task.remarks : []).toEqual([
      "first build",
      "31 batches by day, 2024-01-01 to 2024-02-01",
    ]);
  });
});

test("downstream nodes and tests see the rows of the batches in place of those that they replace", async () => {
  await using engine = await withEvents({
    ...model(),
    "models/total.sql": 'select count(*) as n, sum(id) as sum from {{ref "daily"}}\n',
    "models/daily_view.sql": '{{config materialized="view"}}\nselect id from {{ref "daily"}}\n',
  });
  await built(engine, day("2024-01-03"));
  await engine.database.query("update raw.events set id = 30 where id = 3");
  await built(engine, day("2024-01-03"));
  expect(await engine.database.query("select n::text, sum::text from shop.total")).toEqual([{ n: "3", sum: "33" }]);
  expect(await engine.database.query("select count(*)::int as n from shop.daily_view")).toEqual([{ n: 3 }]);
});

describe("a batch that fails", () => {
  test("is named with its window and its line, the others are built, and nothing is published", async () => {
    await using engine = await withEvents();
    await engine.database.query("update raw.events set divisor = 0 where id = 2");
    const told = await engine.build({ now: day("2024-01-04") });
    expect([told.exit, told.complaints]).toEqual([
      3,
      ["execute/sql-error: model.shop.daily, batch 2024-01-02 to 2024-01-03: division by zero (SQLSTATE 22012)"],
    ]);
    expect(await batches(engine)).toEqual(["01-01 00 1", "01-03 00 1", "01-04 00 0"]);
    expect(await engine.relations()).not.toContain("shop.daily");
  });

  test("gives way to a summary where many fail", async () => {
    await using engine = await withEvents();
    await engine.database.query("update raw.events set divisor = 0");
    await add(engine, [4, "2024-01-04 10:00"]);
    await engine.database.query("update raw.events set divisor = 0 where id = 4");
    const told = await engine.build({ now: day("2024-01-04") });
    expect(told.complaints.slice(1)).toContain(
      "execute/batches-failed: model.shop.daily: 1 more batch failed: 2024-01-04 to 2024-01-05",
    );
  });

  test("for rows of another time is refused", async () => {
    const query = QUERY.replace("e.at,", "date_trunc('month', e.at) as at,");
    await using engine = await withEvents(model(CONFIG, query));
    const told = await engine.build({ now: day("2024-01-02") });
    expect([told.exit, told.complaints]).toEqual([
      1,
      ["execute/outside-batch: model.shop.daily, batch 2024-01-02 to 2024-01-03: 1 row has another at, or none"],
    ]);
    await engine.project.write(model(CONFIG, QUERY.replace("e.at,", "")));
    const none = await engine.build({ now: day("2024-01-02") });
    expect(none.complaints).toEqual([
      "execute/outside-batch: model.shop.daily: the query gives no column at, its event_time",
    ]);
  });
});

test("a batch that stumbles is tried again alone", async () => {
  await using engine = await withEvents(model(CONFIG, QUERY.replace("1 / e.divisor", "raw.stumble()")));
  // A sequence knows nothing of a rollback.
  await engine.database.query(`create sequence raw.calls; create function raw.stumble() returns int language plpgsql as $$
    begin
      if nextval('raw.calls') = 2 then raise exception 'crossed' using errcode = '40001'; end if;
      return 1;
    end $$`);
  const told = await engine.build({ now: day("2024-01-03") });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  const notes = told.events.flatMap((e) => (e.kind === "note" ? [e.message] : []));
  expect(notes).toEqual([expect.stringMatching(/^retrying model\.shop\.daily, batch 2024-01-0\d to .* after crossed/)]);
  expect(await engine.database.query("select last_value::int as calls from raw.calls")).toEqual([{ calls: 4 }]);
  expect(await ids(engine)).toBe("1 2 3");
});

test("grown run by run, it holds what a full build holds, where no row is later than the lookback allows", async () => {
  await using engine = await withEvents(model(`${CONFIG}, lookback: 3`));
  const at = (hours: number): Date => new Date(Date.UTC(2024, 0, 1) + hours * 3_600_000);
  await fc.assert(
    fc.asyncProperty(
      // How long between two runs, and for each row how late it comes: at most two whole days, one less than the lookback.
      fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.array(fc.integer({ min: 0, max: 48 }), { maxLength: 4 })), {
        minLength: 1,
        maxLength: 4,
      }),
      async (runs) => {
        await engine.database.query("truncate raw.events");
        let now = 60;
        await built(engine, at(now), { isFullRefresh: true });
        await lastReadOn(engine, at(now));
        let id = 0;
        for (const [pause, late] of runs) {
          // Some come right after the last run, some just before this one.
          const before = now;
          now += pause;
          for (const [i, hours] of late.entries())
            await add(engine, [
              ++id,
              at((i % 2 === 0 ? before : now) - hours)
                .toISOString()
                .slice(0, 19),
            ]);
          await built(engine, at(now));
          await lastReadOn(engine, at(now));
        }
        const all = await engine.database.query("select id from raw.events order by 1");
        expect(await ids(engine)).toBe(all.map((r) => r["id"]).join(" "));
      },
    ),
    { numRuns: 4 },
  );
});

test("a model that reads itself is built in order, each batch finding those before it", async () => {
  const query = `select e.at, count(*) {{#if is_incremental}} + coalesce((select max(total) from {{this}} t where t.at < min(e.at)), 0) {{/if}} as total
from {{source "raw" "events"}} e group by 1\n`;
  const totals = async ({ database }: Engine): Promise<unknown> =>
    (await database.query("select total::int from shop.daily order by at")).map((r) => r["total"]);
  await using engine = await withEvents(model(CONFIG, query));
  await built(engine, day("2024-01-03"));
  expect(await totals(engine)).toEqual([1, 2, 3]);
  await lastReadOn(engine, day("2024-01-03"));
  await add(engine, [4, "2024-01-03 07:00"], [5, "2024-01-04 07:00"]);
  await built(engine, day("2024-01-04"));
  expect(await totals(engine)).toEqual([1, 2, 3, 3, 4]);
});

test("columns that are not times in a zone are narrowed as well: a date, and a timestamp without one", async () => {
  for (const type of ["date", "timestamp"]) {
    await using engine = await withEvents();
    await engine.database.query(
      `alter table raw.events alter column at type ${type} using (at at time zone 'utc')::${type}`,
    );
    await built(engine, day("2024-01-03"));
    expect(await batches(engine)).toEqual(["01-01 00 1", "01-02 00 1", "01-03 00 1"]);
    expect(await ids(engine)).toBe("1 2 3");
  }
});
