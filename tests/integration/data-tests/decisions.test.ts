/** How tests over all rows are decided: within the scan, apart, by a cheaper look, against live and earlier runs. */
import { expect, test } from "vitest";
import { type Told, withEngine } from "../../support/engine.ts";

const endings = ({ events }: Told): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    events.flatMap((e) => (e.kind === "test_finished" ? [[e.name, [e.status, e.failures, e.decidedBy]] as const] : [])),
  );

const samples = ({ events }: Told): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    events.flatMap((e) => (e.kind === "test_finished" && e.sample ? [[e.name, e.sample.rows] as const] : [])),
  );

test("on a big relation aggregates ride in the scan, what sorts does not, and few values are asked once", async () => {
  await using engine = await withEngine({
    "models/raw.yml": `sources:
  - name: raw
    tables:
      - { name: copy }
      - name: events
        data_tests:
          - row_count_between: { name: rows, min_value: 1, max_value: 89999 }
          - recency: { name: fresh, field: at, datepart: day, interval: 1 }
          - equality: { name: same, compare_model: "source('raw', 'copy')" }
          - row_count_between: { name: groups, max_value: 29999, group_by_columns: [venue], config: { error_if: "> 50%" } }
          - unique_combination_of_columns: { name: pair, combination_of_columns: [id, venue] }
        columns:
          - name: id
            data_tests:
              - mean_between: { name: mean, min_value: 1, max_value: 2, where: "id < 3" }
              - mean_between: { name: mean_again, min_value: 1, max_value: 2, where: "id < 3", severity: warn }
              - mean_between: { name: mean_of_all, min_value: 1, max_value: 2 }
              - quantile_between: { name: median, quantile: 0.5, max_value: 45001 }
              - distinct_count_between: { name: different, min_value: 90000 }
              - no_gaps: { name: gaps }
              - sum_between: { name: cast, min_value: "venue::int" }
              - sum_between: { name: unsafe, min_value: "public.unsafe(0)" }
          - name: venue
            data_tests:
              - matches_regex: { name: short, regex: "^v[01]$" }
              - not_matches_regex: { name: odd, regex: "x", where: "id > 5" }
              - not_null: { name: known }
`,
  });
  await engine.database.query(`create schema raw;
    create function public.unsafe(int) returns int language plpgsql as 'begin return $1; end';
    create table raw.events as select i as id, 'v' || i % 3 as venue, now() as at, repeat('x', 80) as filler from generate_series(1, 90000) i;
    create table raw.copy as select * from raw.events;
    analyze raw.events`);
  const told = await engine.test();
  expect(endings(told)).toEqual({
    rows: ["fail", 1, "scan shared by 6 tests"],
    fresh: ["pass", 0, "scan shared by 6 tests"],
    mean: ["pass", 0, "scan shared by 6 tests"],
    mean_again: ["pass", 0, "scan shared by 6 tests"],
    mean_of_all: ["fail", 1, "scan shared by 6 tests"],
    known: ["pass", 0, "scan shared by 6 tests"],
    same: ["pass", 0, "hashes"],
    groups: ["fail", 3, "query"],
    pair: ["pass", 0, "hashes"],
    median: ["pass", 0, "scan shared by 2 tests"],
    different: ["pass", 0, "scan shared by 2 tests"],
    gaps: ["pass", 0, "counts"],
    cast: ["error", 0, "scan"],
    unsafe: ["pass", 0, "scan"],
    short: ["fail", 30000, "values"],
    odd: ["pass", 0, "values"],
  });
  expect(samples(told)).toMatchObject({
    rows: [["rows", "90000", ">= 1 and <= 89999"]],
    mean_of_all: [["mean of id", "45000.500000000000", ">= 1 and <= 2"]],
  });
});

const orders = (rows: number): string => `select i as id, i % 4 as kind from generate_series(1, ${rows}) as i\n`;

test("a jump or fall is seen against live and against earlier runs, once there are any", async () => {
  await using engine = await withEngine({
    "models/orders.sql": orders(100),
    "models/orders.yml": `models:
  - name: orders
    data_tests:
      - row_count_change: { name: against_live, max_fall: 0.1, max_rise: 0.5 }
      - row_count_change: { name: against_history, max_fall: 0.1, against: history }
    columns: [{ name: kind, data_tests: [{ same_distribution: { name: spread } }] }]
`,
  });
  const nothing = ["pass", 0, "nothing to compare with yet"];
  const first = await engine.build();
  expect([first.exit, endings(first)]).toEqual([
    0,
    { against_live: nothing, against_history: ["pass", 0, "scan"], spread: nothing },
  ]);
  await engine.project.write({ "models/orders.sql": orders(95) });
  const second = await engine.build();
  expect([second.exit, endings(second)]).toEqual([
    0,
    {
      against_live: ["pass", 0, "scan shared by 2 tests"],
      against_history: ["pass", 0, "scan shared by 2 tests"],
      spread: ["pass", 0, "query"],
    },
  ]);
  await engine.project.write({ "models/orders.sql": `select id, 3 as kind from (${orders(80)}) as o` });
  const fallen = await engine.build();
  expect([fallen.exit, endings(fallen)]).toEqual([
    1,
    {
      against_live: ["fail", 6, "scan shared by 2 tests"],
      against_history: ["fail", 6, "scan shared by 2 tests"],
      spread: ["fail", 1, "query"],
    },
  ]);
  expect(samples(fallen)).toMatchObject({ against_live: [["rows", "80", ">= 86 and <= 142"]] });
  const onLive = await engine.test();
  expect([onLive.exit, endings(onLive)]).toMatchObject([
    0,
    { against_live: ["pass", 0, "live is not compared with itself"], against_history: ["pass", 0, "scan"] },
  ]);
});

test("values of a personal column are masked by whatever name they are shown", async () => {
  await using engine = await withEngine({
    "models/people.sql": "select 'ana@x.org' as email, 3 as age",
    "models/people.yml": `models:
  - name: people
    data_tests:
      - equality: { name: copied, compare_model: ref('others') }
    columns:
      - { name: email, meta: { pii: true }, data_tests: [{ not_constant: { name: several } }] }
      - { name: age, data_tests: [{ mean_between: { name: grown, min_value: 18 } }] }
`,
    "models/others.sql": "select 'bo@x.org' as email, 3 as age",
  });
  const told = await engine.build();
  const found = samples(told);
  expect(JSON.stringify(found)).not.toContain("x.org");
  expect(found).toMatchObject({ grown: [["mean of age", "3.0000000000000000", ">= 18"]] });
});
