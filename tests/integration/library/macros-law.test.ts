/** The law of macros that come with Galley, over random rows: what is at T or later is not seen by any row at or before T. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";
import { openClient } from "../../support/engine.ts";
import { calledMacro } from "../../support/library.ts";

let database: TestDatabase;
let client: Awaited<ReturnType<typeof openClient>>;
beforeAll(async () => {
  database = await withTestDatabase();
  client = await openClient(database.url);
  await client.query(
    "create temp table events (id int, team int, day date, seq int, points numeric, won boolean, shifted timestamptz)",
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

type Event = {
  readonly team: number;
  readonly day: number;
  readonly seq: number;
  readonly points: number | null;
  readonly won: boolean | null;
};

/** Few days and teams, so that rows tie; NULLs as well. */
const event = fc.record({
  team: fc.integer({ min: 1, max: 2 }),
  day: fc.integer({ min: 1, max: 6 }),
  seq: fc.integer({ min: 1, max: 2 }),
  points: fc.option(fc.integer({ min: 0, max: 9 })),
  won: fc.option(fc.boolean()),
});

const WINDOWS = ["", "rows=1", "rows=3", 'interval="2 days"'];
const ROLLING = ["rolling_avg", "rolling_sum", "rolling_std", "rolling_min", "rolling_max"];

/** For an order: every expression, then the macros that give a relation, then an as-of join. */
const featuresOf = (order: "day" | "day, seq"): string => {
  const at = `partition="team" order_by="${order}"`;
  const windows = order === "day" ? WINDOWS : WINDOWS.slice(0, 3);
  const calls = [
    ...ROLLING.flatMap((macro) => windows.map((w) => `${macro} column="points" ${at} ${w}`)),
    `rolling_avg column="points" ${at} rows=3 min_count=2`,
    `rolling_sum column="points" partition="" order_by="${order}"`,
    `rolling function="bool_or" column="won" ${at}`,
    `lag_feature column="points" ${at}`,
    `lag_feature column="won" ${at} rows=2`,
    `rest_days time="day" ${at}`,
  ];
  const own = calls.map((call, i) => `${calledMacro(call)} as f${i}`).join(",\n");
  const streak = calledMacro(`streak relation="events" condition="won" ${at}`);
  const ewma = calledMacro(`ewma relation="counted" column="points" ${at} half_life=2 rows=3`);
  const tuple = order.replaceAll(/\w+/g, "t.$&");
  const join = calledMacro(
    `as_of_join relation="events" as="r" on="r.team = t.team" time="${order}" before="${tuple}" tie_break="r.id"`,
  );
  return `with counted as (select * from ${streak} as s), weighed as (select * from ${ewma} as e)
    select t.id, row(t.streak, round(t.ewma::numeric, 9), t.own, r.id, r.points, r.won)::text as known
    from (select *, row(${own})::text as own from (select weighed.* from weighed) w) t ${join}`
    .replaceAll("row(\n", "row(")
    .replaceAll(/ as f\d+/g, "");
};

const QUERIES = { day: featuresOf("day"), "day, seq": featuresOf("day, seq") } as const;

const knownOf = async (order: keyof typeof QUERIES, events: readonly (Event & { id: number })[]) => {
  const values = events.map(
    (e) => `(${e.id}, ${e.team}, '2024-01-0${e.day}'::date, ${e.seq}, ${e.points}, ${e.won}::boolean)`,
  );
  await client.query("truncate events");
  if (values.length > 0) await client.query(`insert into events values ${values.join(", ")}`);
  const rows = await client.query(QUERIES[order]);
  return new Map(rows.map((row) => [Number(row["id"]), String(row["known"])]));
};

test.each(["day", "day, seq"] as const)(
  "by %s, rows at or before a time see nothing of that time or later",
  async (order) => {
    const placeOf = (e: Event): number => (order === "day" ? e.day * 10 : e.day * 10 + e.seq);
    const cut = fc.record({ day: fc.integer({ min: 1, max: 6 }), seq: fc.integer({ min: 1, max: 2 }) });
    const run = fc.asyncProperty(fc.array(event, { maxLength: 14 }), cut, async (drawn, { day, seq }) => {
      const events = drawn.map((e, id) => ({ ...e, id }));
      const at = placeOf({ team: 0, day, seq, points: 0, won: null });
      const whole = await knownOf(order, events);
      const changed = events.map((e) =>
        placeOf(e) < at ? e : { ...e, points: e.points === null ? 99 : -e.points - 50, won: e.won !== true },
      );
      const withoutFuture = changed.filter((e) => placeOf(e) <= at);
      for (const other of [changed, withoutFuture]) {
        const known = await knownOf(order, other);
        for (const e of events.filter((e) => placeOf(e) <= at)) expect(known.get(e.id)).toBe(whole.get(e.id));
      }
    });
    await fc.assert(run, { numRuns: 60 });
  },
);

test("the law is broken by a window that sees its own row", async () => {
  const honest = calledMacro('rolling_sum column="points" partition="team" order_by="day"');
  expect(honest).toContain("and 1 preceding");
  await client.query("truncate events");
  await client.query("insert into events values (1, 1, '2024-01-01', 1, 5, true)");
  const leaky = honest.replace("and 1 preceding", "and current row");
  const [row] = await client.query(`select ${honest} as honest, ${leaky} as leaky from events`);
  expect(row).toEqual({ honest: null, leaky: "5" });
});
