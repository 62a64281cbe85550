/** How old sources are, asked of a real server, and builds that they hold up. */
import { expect, test } from "vitest";
import { planText } from "../../../src/cli/print/plan-text.ts";
import { placeOf } from "../../../src/domain/show-diagnostic.ts";
import { type Told, withEngine } from "../../support/engine.ts";

const endings = ({ events }: Told): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    events
      .flatMap((e) =>
        e.kind === "freshness_checked" ? [[e.name.slice(4), [e.status, e.because ?? null]] as const] : [],
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const table = (name: string, more: string): string => `      - { name: ${name}, identifier: T, ${more} }\n`;

const FILES = {
  "models/raw.yml": `sources:
  - name: raw
    schema: raw
    loaded_at_field: '"At"'
    freshness: { warn_after: { count: 2, period: hour }, error_after: { count: 1, period: day } }
    tables:
${[
  ["old", ""],
  ["older", 'freshness: { filter: "id = 2" }, tags: [slow]'],
  ["fresh", "freshness: { warn_after: { count: 4 } }"],
  ["alone", "freshness: { warn_after: { count: 1, period: minute }, error_after: null }"],
  ["none", 'freshness: { filter: "id = 3 -- a row without a time" }'],
  ["off", "freshness: null"],
  ["no_zone", 'loaded_at_field: "local"'],
  ["a_day", "loaded_at_field: day, freshness: { warn_after: { count: 25 } }"],
  ["in_words", 'loaded_at_field: "words::timestamptz"'],
  ["epoch", 'loaded_at_field: "to_timestamp(seconds)"'],
  ["by_query", 'loaded_at_query: \'select "At", id from raw."T" where id = 1\''],
  ["endless", "loaded_at_field: endless"],
  ["wrong", "loaded_at_field: seconds"],
]
  .map(([name = "", more = ""]) => table(name, more))
  .join("")}      - { name: gone }
      - { name: vacant }
`,
  "models/a.sql": 'select id from {{source "raw" "old"}} union all select id from {{source "raw" "older"}}',
  "models/b.sql": "select 1 as id",
};

test("sources are asked with their own thresholds, and one that raises takes no other with it", async () => {
  await using engine = await withEngine(FILES);
  await engine.database.query(`create schema raw;
    create table raw."T" (id int, "At" timestamptz, local timestamp, day date, words text, seconds bigint, endless timestamptz);
    insert into raw."T" values (1, now() - interval '3 hours', now() at time zone 'UTC' + interval '1 hour', (now() at time zone 'UTC')::date,
      to_char(now() - interval '3 hours', 'YYYY-MM-DD HH24:MI:SSOF'), extract(epoch from now() - interval '3 hours'), 'infinity'),
      (2, now() - interval '25 hours', null, null, null, 0, null), (3, null, null, null, null, null, null);
    create table raw.vacant ("At" timestamptz);`);
  // What the server is set to says nothing of what a time without a zone means.
  await engine.database.query(
    "do $$ begin execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database()); end $$",
  );
  const told = await engine.freshness();
  expect(endings(told)).toEqual({
    a_day: ["pass", null],
    alone: ["warn", null],
    by_query: ["warn", null],
    endless: ["warn", "its newest time is infinity"],
    epoch: ["warn", null],
    fresh: ["pass", null],
    gone: ["error", null],
    in_words: ["warn", null],
    no_zone: ["warn", expect.stringMatching(/^its newest row is of .* from now: a time without zone is read as UTC$/)],
    none: ["fail", "it has no row with a time"],
    old: ["warn", null],
    older: ["fail", null],
    vacant: ["fail", "it has no row with a time"],
    wrong: ["error", null],
  });
  expect(told.exit).toBe(3);
  const places = told.events.flatMap((e) => (e.kind === "freshness_checked" ? [`${e.name} ${placeOf(e.at)}`] : []));
  // Its own, also where it inherits what is asked.
  expect(places).toEqual(expect.arrayContaining(["raw.old models/raw.yml:7:17", "raw.older models/raw.yml:8:39"]));
  expect(told.complaints.map((c) => c.replace(/ \(.*/, ""))).toEqual(
    expect.arrayContaining([
      "execute/freshness-error: raw.wrong: cannot cast type bigint to timestamp with time zone",
      'execute/freshness-error: raw.gone: relation "raw.gone" does not exist',
    ]),
  );

  const asked = async (...select: readonly string[]) => {
    const { exit, events, result } = await engine.freshness({ select });
    return [
      exit,
      [...result.sources.values()].map((s) => s.name).sort(),
      events.flatMap((e) => (e.kind === "note" ? [e.message] : [])),
    ];
  };
  expect(await asked("source:raw.fresh")).toEqual([0, ["raw.fresh"], []]);
  expect(await asked("+a,source:raw.old")).toEqual([0, ["raw.old"], []]);
  expect(await asked("tag:slow", "raw.fresh")).toEqual([1, ["raw.fresh", "raw.older"], []]);
  expect(await asked("config.freshness:filter")).toEqual([1, ["raw.none", "raw.older"], []]);
  expect(await asked("b")).toEqual([0, [], ["no selected source says how old its rows may be (`freshness`)"]]);
  const warned = await engine.freshness({ select: ["source:raw.old"], isWarnError: true });
  expect([warned.exit, warned.result.state]).toEqual([1, "failed"]);

  const built = async (freshness: "configured" | "checked" | "ignored", select: readonly string[] = []) => {
    const run = await engine.build({ freshness, select });
    return [run.exit, endings(run), run.result.nodes.size, run.result.publish?.status ?? "not reached"];
  };
  expect(await built("configured")).toEqual([0, {}, 2, "published"]);
  expect(await built("checked")).toEqual([1, { old: ["warn", null], older: ["fail", null] }, 0, "not reached"]);
  expect(await built("checked", ["b"])).toEqual([0, {}, 1, "published"]);
  await engine.project.write({
    "project.yml": `${await engine.project.read("project.yml")}sources: { raw: { +freshness_gate: true } }\n`,
  });
  expect(await built("configured")).toEqual([1, { old: ["warn", null], older: ["fail", null] }, 0, "not reached"]);
  expect(await built("ignored")).toEqual([0, {}, 2, "published"]);
  const plan = await engine.plan();
  expect(planText(plan.value ?? expect.fail("no plan"))).toContain(
    "sources that must be fresh, before anything is built\n  raw.old    at most 1 day old\n  raw.older  at most 1 day old\n",
  );
  await engine.database.query(`update raw."T" set "At" = now()`);
  expect(await built("configured")).toEqual([0, { old: ["pass", null], older: ["pass", null] }, 2, "published"]);
});
