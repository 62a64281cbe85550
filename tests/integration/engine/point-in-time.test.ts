/** The data test `point_in_time`: the past rebuilt within a run, and what that holds up. */
import { expect, it } from "vitest";
import { openClient, photographOf, type Told, until, withEngine } from "../../support/engine.ts";
import { LEAGUE, SOURCES, STAGING, TM } from "../../support/leakage-gallery.ts";
import { withRoles } from "../../support/roles.ts";

const own = "partition by team order by day";
const HONEST = `avg(pts) over (${own} rows between unbounded preceding and 1 preceding)`;
const LEAKING = `avg(pts) over (${own})`;

const form = (x: string): string => `select game_id, team, day, ${x} as x, ${HONEST} as honest from {{ref "tm"}}`;

const featureWith = (name: string, test: string, more = ""): string =>
  `  - { name: ${name}, config: { known: before, event_time: day, unique_key: [game_id, team] }, data_tests: [${test}]${more} }\n`;

const project = (x: string, test = "point_in_time", more = ""): Readonly<Record<string, string>> => ({
  ...STAGING,
  "models/form.sql": form(x),
  "models/models.yml": `models:\n${TM}${featureWith("form", test, more)}${SOURCES}`,
});

const checkSchemas = "select nspname from pg_namespace where nspname like '%\\_\\_check\\_%'";

/** How each such test ended, in the words of its report. */
const ended = ({ events }: Told) =>
  events.flatMap((e) =>
    e.kind === "test_finished"
      ? [[e.node, e.status, e.failures, ...(e.because === undefined ? [] : [e.because]), ...(e.findings ?? [])]]
      : [],
  );

const STORY = "galley check leakage --select form --seed 1 tells where it begins and what carries it: docs/leakage.md";
const LEAK = [
  "model.shop.form",
  "fail",
  8,
  "column x knew what was known only later",
  "shop.form.x   leak   8 of 352 rows at or before 2021-01-10",
  "  looks like    the default frame, which ends with the current row and its peers: avg(pts) over (partition by team order by day) as x, avg(pt…    docs/leakage.md#default-frame",
  STORY,
];

it("lets an honest feature pass, and keeps a leaking one from being published", async () => {
  await using engine = await withEngine(project(HONEST));
  await engine.database.query(LEAGUE);
  const honest = await engine.build();
  expect([honest.exit, honest.complaints]).toEqual([0, []]);
  expect(ended(honest)).toEqual([["model.shop.form", "pass", 0]]);
  const how = honest.events.flatMap((e) => (e.kind === "test_finished" ? [e.decidedBy] : []));
  expect(how).toEqual(["rebuilding the past at 3 cut-offs (seed 1): 1,272 rows compared, 20 of them at a cut-off"]);

  const before = await photographOf(engine.database, ["shop", "raw"]);
  await engine.project.write({ "models/form.sql": form(LEAKING) });
  const leaking = await engine.build();
  expect(leaking.exit).toBe(1);
  expect(ended(leaking)).toEqual([LEAK]);
  expect(await photographOf(engine.database, ["shop", "raw"])).toEqual(before);
  expect(await engine.database.query(checkSchemas)).toEqual([]);
  // What is on live is honest, and what the SQL makes now is not: it is the SQL that is asked.
  const tested = await engine.test({ select: ["test_type:data"] });
  expect([tested.exit, ended(tested)]).toEqual([1, [LEAK]]);
  expect(await photographOf(engine.database, ["shop", "raw"])).toEqual(before);
  expect(await engine.database.query(checkSchemas)).toEqual([]);

  // Nothing but the feature is built by this run: the proof makes what it stands on.
  const alone = await engine.build({ select: ["form"] });
  expect([alone.exit, ended(alone)]).toEqual([1, [LEAK]]);
});

it("stores the rows that differ, without what is personal, and publishes where the severity is a warning", async () => {
  const test = "{ point_in_time: { arguments: { cutoffs: 4 }, config: { severity: warn } } }";
  await using engine = await withEngine(
    project(LEAKING, test, ", columns: [{ name: x, config: { meta: { pii: true } } }]"),
  );
  await engine.database.query(LEAGUE);
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(told.result.publish?.status).toBe("published");
  const [test_finished] = told.events.filter((e) => e.kind === "test_finished");
  expect([test_finished?.status, test_finished?.sample?.columns, test_finished?.sample?.rows[0]]).toEqual([
    "warn",
    ["game_id", "team", "x", "x_future_unknown", "day"],
    ["173", "6", "•••", "•••", "2021-01-10"],
  ]);
  const stored = await engine.database.query(
    "select key::text, row::text from galley.test_failures order by n limit 1",
  );
  expect(stored).toEqual([
    { key: '{"team": 6, "game_id": 173}', row: '{"day": "2021-01-10", "team": 6, "game_id": 173}' },
  ]);
});

it("warns of what it could not prove, whatever the severity is, and notes what needs its outcome", async () => {
  await using engine = await withEngine({
    ...STAGING,
    "models/form.sql": form("lookup.total(team)"),
    "models/box_form.sql": `select b.game_id, b.team_id as team, t.day, t.honest as x from {{source "raw" "box"}} b join {{ref "honest"}} t on t.game_id = b.game_id and t.team = b.team_id`,
    "models/honest.sql": form(HONEST),
    "models/models.yml": `models:\n${TM}  - { name: honest, config: { event_time: day, unique_key: [game_id, team] } }\n${featureWith("form", "point_in_time")}${featureWith("box_form", "point_in_time")}${SOURCES}`,
  });
  await engine.database.query(`${LEAGUE}
    create schema lookup;
    create function lookup.total(t int) returns bigint language plpgsql stable as
      $$ declare n bigint; begin execute 'select sum(points) from raw.b' || 'ox where team_id = $1' into n using t; return n; end $$`);
  const told = await engine.build();
  expect([told.exit, told.complaints, told.result.publish?.status]).toEqual([0, [], "published"]);
  const reason = "form reads raw.box past its sources: by a name in its SQL, or in a function";
  expect(ended(told)).toEqual([
    [
      "model.shop.form",
      "warn",
      0,
      `not proved: ${reason}`,
      `shop.form   not-proved   day, x, honest: ${reason}`,
      "galley check leakage --select form looks closer: docs/leakage.md",
    ],
    ["model.shop.box_form", "pass", 0],
  ]);
  expect(
    told.events.flatMap((e) => (e.kind === "note" && e.message.includes("needs-outcome") ? [e.message] : [])),
  ).toEqual([
    "shop.box_form   needs-outcome   its rows: rows at the cut-off itself are there only once their own outcome is",
  ]);
});

it("says of an incremental model that its rows are not what its SQL makes now", async () => {
  const incremental = `{{config materialized="incremental" incremental_strategy="append"}}\n${form(HONEST)} {{#if is_incremental}}where false{{/if}}`;
  await using engine = await withEngine({ ...project(HONEST), "models/form.sql": incremental });
  await engine.database.query(LEAGUE);
  expect(ended(await engine.build())).toEqual([["model.shop.form", "pass", 0]]);
  await engine.database.query("update raw.games set home_points = home_points + 1 where game_id = 1");
  const told = await engine.build();
  const text =
    "119 rows of what this run has built differ from what its SQL makes of the sources now, of which alone the proof speaks";
  expect([told.exit, told.complaints, told.result.publish?.status]).toEqual([0, [], "published"]);
  expect(ended(told)).toEqual([
    [
      "model.shop.form",
      "warn",
      0,
      `not proved: ${text}`,
      `shop.form   not-proved   ${text}`,
      "galley check leakage --select form looks closer: docs/leakage.md",
    ],
  ]);
});

it("leaves nothing behind when it is stopped in the middle", async () => {
  await using engine = await withEngine(project(HONEST));
  await engine.database.query(LEAGUE);
  await engine.build();
  const before = await photographOf(engine.database, ["shop", "raw"]);
  const stop = new AbortController();
  const told = await engine.build({
    signal: stop.signal,
    // The full build stands, and the first cut-off is next.
    onEvent: (e) => {
      if (e.kind === "note" && e.message.startsWith("point_in_time: full build")) stop.abort();
    },
  });
  expect([told.result.state, ended(told)]).toEqual(["cancelled", [["model.shop.form", "cancelled", 0]]]);
  expect(await engine.database.query(checkSchemas)).toEqual([]);
  expect(await photographOf(engine.database, ["shop", "raw"])).toEqual(before);
});

it("is asked by one run at a time, since the schemas of the past are of all", async () => {
  await using engine = await withEngine(project(HONEST));
  await engine.database.query(LEAGUE);
  await engine.build();
  // The first run holds its locks, and waits for the sources.
  await using other = await openClient(engine.database.url);
  await other.query("begin; lock table raw.games");
  const first = engine.build();
  const waits = "select from pg_locks where relation = 'raw.games'::regclass and not granted";
  await until(async () => (await engine.database.query(waits)).length > 0);
  const turnedAway = await engine.test();
  await other.query("commit");
  expect(turnedAway.exit).toBe(6);
  expect(turnedAway.complaints.map((c) => c.split(", galley/")[0])).toEqual([
    "execute/locked: schema galley__check_base is being written by another run: `galley build` of project shop",
  ]);
  const told = await first;
  expect([told.exit, ended(told)]).toEqual([0, [["model.shop.form", "pass", 0]]]);
});

it("says what a role lacks that may make no schemas, and leaves the other tests decided", async () => {
  await using engine = await withEngine({
    ...project(HONEST),
    "models/plain.sql": "select 1 as id\n",
    "models/plain.yml": "models: [{ name: plain, columns: [{ name: id, data_tests: [not_null] }] }]\n",
  });
  await engine.database.query(LEAGUE);
  await engine.build();
  await using roles = await withRoles(engine.database, ["reader"]);
  const role = roles.of("reader");
  await engine.database.queryAsSuperuser(`alter role ${role} login password 'x';
    grant usage on schema raw, shop, galley to ${role};
    grant select on all tables in schema raw, shop, galley to ${role};
    grant insert on all tables in schema galley to ${role}`);
  const url = new URL(engine.database.url);
  url.username = role;
  url.password = "x";
  const reasons: unknown[] = [];
  const rights = [
    `grant all on all tables in schema galley to ${role}`,
    `grant create on database ${engine.database.name} to ${role}; alter role ${role} set default_transaction_read_only = on`,
  ];
  for (const more of ["select 1", ...rights]) {
    await engine.database.queryAsSuperuser(more);
    const told = await engine.test({ env: { DATABASE_URL: url.href } });
    expect([told.exit, told.complaints]).toEqual([0, []]);
    const [plain, [feature, status, failures, because] = []] = ended(told);
    expect([plain, feature, status, failures]).toEqual([["model.shop.plain", "pass", 0], "model.shop.form", "warn", 0]);
    reasons.push(because);
  }
  const notHere = "not proved: the past cannot be rebuilt by this role, or on this server";
  expect(reasons).toEqual([
    `${notHere}: permission denied for table runs`,
    `${notHere}: permission denied for database ${engine.database.name}`,
    `${notHere}: cannot execute UPDATE in a read-only transaction`,
  ]);
});

it("ends with a leak under --fail-fast, after the features that are proved with it", async () => {
  await using engine = await withEngine({
    ...project(LEAKING),
    "models/later.sql": form(HONEST),
    "models/later.yml": `models:\n${featureWith("later", "point_in_time")}`,
  });
  await engine.database.query(LEAGUE);
  await engine.build({ exclude: ["test_name:point_in_time"] });
  const told = await engine.test({ isFailFast: true });
  expect([told.exit, ended(told).map((row) => row.slice(0, 2))]).toEqual([
    1,
    [
      ["model.shop.form", "fail"],
      ["model.shop.later", "pass"],
    ],
  ]);
});
