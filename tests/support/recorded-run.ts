/** A run as it was told, with every kind of event once: what reporters and the schema of events are tested on. */
import type { StampedEvent } from "../../src/domain/contracts/reporter.ts";
import { errorOf, warningOf } from "../../src/domain/diagnostic.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import { nodeId } from "../../src/domain/names.ts";
import type { SourceFile, Span } from "../../src/domain/source.ts";
import { testsOfPast } from "./recorded-past.ts";

const eloSql: SourceFile = {
  path: "models/stats/elo.sql",
  text: 'select game_id,\n       raitng\nfrom {{ref "games"}}\n',
};
const statsYml: SourceFile = {
  path: "models/stats/stats.yml",
  text: "models:\n  - name: team_form\n    columns:\n      - name: game_id\n        data_tests:\n          - unique\n          - not_null\n",
};

const spanOfText = (file: SourceFile, text: string): Span => {
  const start = file.text.indexOf(text);
  return { file, start, end: start + text.length };
};

const counts = { read: 3690, inserted: 12, updated: 3, unchanged: 3670, merged: 4, rejected: 1 };
const none = { rows: undefined, diagnostic: undefined, because: undefined } as const;
const passed = {
  sample: undefined,
  diagnostic: undefined,
  because: undefined,
  node: undefined,
  column: undefined,
  description: undefined,
  owner: undefined,
  tags: [],
} as const;

const events: readonly RunEvent[] = [
  { kind: "server_started", version: "18.4", ms: 612, isFirstStart: true },
  {
    kind: "run_started",
    command: "build",
    project: "nba",
    target: "embedded",
    threads: 4,
    models: 5,
    snapshots: 0,
    seeds: 1,
    tests: 7,
  },
  { kind: "note", message: "the server recovered after a crash" },
  { kind: "migration_applied", name: "0001_raw.sql", ms: 48 },
  {
    kind: "raw_loaded",
    mapping: "demo_games",
    file: "seeds/demo_games.csv.gz",
    isSkipped: false,
    steps: [{ into: "raw.matches", counts }],
    rejected: 1,
    ms: 340,
  },
  { kind: "raw_loaded", mapping: "teams", file: "seeds/teams.csv", isSkipped: true, steps: [], rejected: 0, ms: 1 },
  {
    kind: "diagnostic",
    diagnostic: warningOf("select/nothing-matched", '"gamez" matches nothing (--exclude)', {
      help: 'did you mean "games"?',
    }),
  },
  {
    kind: "freshness_checked",
    source: nodeId("source.nba.raw.matches"),
    name: "raw.matches",
    status: "warn",
    newest: "2026-03-01T05:10:00.000Z",
    ageMs: 45_300_000,
    warnAfter: { count: 12, period: "hour" },
    errorAfter: { count: 2, period: "day" },
    because: undefined,
    at: spanOfText(statsYml, "team_form"),
    ms: 2,
    diagnostic: undefined,
  },
  { kind: "node_started", node: nodeId("seed.nba.coefficients") },
  { kind: "node_started", node: nodeId("model.nba.games") },
  {
    kind: "statement",
    text: 'create view "stats__next"."games" as select 1',
    ms: 3,
    rows: undefined,
    sqlstate: undefined,
  },
  {
    ...none,
    kind: "node_finished",
    node: nodeId("seed.nba.coefficients"),
    status: "success",
    materialized: "seed",
    relation: "predictions.coefficients",
    rows: 8,
    ms: 31,
  },
  {
    ...none,
    kind: "node_finished",
    node: nodeId("model.nba.games"),
    status: "success",
    materialized: "view",
    relation: "stats.games",
    ms: 9,
  },
  { kind: "node_started", node: nodeId("model.nba.team_form") },
  { kind: "node_started", node: nodeId("model.nba.elo") },
  {
    ...none,
    kind: "node_finished",
    node: nodeId("model.nba.team_form"),
    status: "success",
    materialized: "table",
    relation: "stats.team_form",
    rows: 7380,
    ms: 1240,
  },
  {
    ...none,
    kind: "node_finished",
    node: nodeId("model.nba.elo"),
    status: "error",
    materialized: "table",
    relation: "stats.elo",
    ms: 12,
    diagnostic: errorOf("load/no-project", 'column "raitng" does not exist (42703)', {
      at: spanOfText(eloSql, "raitng"),
      notes: [{ message: "called from here", at: spanOfText(eloSql, '{{ref "games"}}') }],
      help: 'did you mean "rating"?',
    }),
  },
  {
    ...none,
    kind: "node_finished",
    node: nodeId("model.nba.match_features"),
    status: "skipped",
    materialized: "table",
    relation: "features.match_features",
    ms: 0,
    because: "stats.elo failed",
  },
  {
    ...none,
    kind: "node_finished",
    node: nodeId("model.nba.predictions"),
    status: "cancelled",
    materialized: "materialized_view",
    relation: "predictions.predictions",
    ms: 0,
  },
  {
    ...passed,
    kind: "test_finished",
    test: nodeId("test.nba.not_null_team_form_game_id"),
    name: "not_null_team_form_game_id",
    node: nodeId("model.nba.team_form"),
    column: "game_id",
    severity: "error",
    status: "pass",
    failures: 0,
    rows: 7380,
    decidedBy: "scan",
    statement: "scan of team_form",
    scanned: 7380,
    at: spanOfText(statsYml, "not_null"),
    ms: 7,
  },
  {
    ...passed,
    kind: "test_finished",
    test: nodeId("test.nba.unique_team_form_game_id"),
    name: "unique_team_form_game_id",
    description: "One row a game and team.",
    owner: "stats@example.com",
    tags: ["nightly"],
    node: nodeId("model.nba.team_form"),
    column: "game_id",
    severity: "error",
    status: "fail",
    failures: 3,
    rows: 7380,
    decidedBy: "index",
    statement: undefined,
    scanned: undefined,
    at: spanOfText(statsYml, "unique"),
    ms: 14,
    sample: {
      columns: ["game_id", "team_id", "points_avg", "note"],
      keyColumns: 2,
      testedColumns: 0,
      rows: [
        ["1001", "12", "103.20", "first\nsecond"],
        ["1001", "7", null, "日本"],
      ],
      query: 'select * from "stats__next"."team_form" where "game_id" = 1001',
      liveQuery: 'select * from "stats"."team_form" where "game_id" = 1001',
    },
  },
  {
    ...passed,
    kind: "test_finished",
    test: nodeId("test.nba.odds_are_fair"),
    name: "odds_are_fair",
    severity: "warn",
    status: "warn",
    failures: 1,
    rows: undefined,
    decidedBy: "query",
    statement: "query of it",
    scanned: undefined,
    at: undefined,
    ms: 5,
  },
  {
    ...passed,
    kind: "test_finished",
    test: nodeId("test.nba.beats_the_base_rate"),
    name: "beats_the_base_rate",
    severity: "error",
    status: "error",
    failures: 0,
    rows: undefined,
    decidedBy: "query",
    statement: "query of it",
    scanned: undefined,
    at: undefined,
    ms: 2,
    diagnostic: errorOf("load/no-project", "division by zero (22012)"),
  },
  {
    ...passed,
    kind: "test_finished",
    test: nodeId("test.nba.unique_elo_id"),
    name: "unique_elo_id",
    severity: "error",
    status: "skipped",
    failures: 0,
    rows: undefined,
    decidedBy: "",
    statement: undefined,
    scanned: undefined,
    at: undefined,
    ms: 0,
    because: "stats.elo failed",
  },
  {
    ...passed,
    kind: "test_finished",
    test: nodeId("unit_test.nba.team_form.form_skips_scheduled_games"),
    name: "form_skips_scheduled_games",
    node: nodeId("model.nba.team_form"),
    severity: "error",
    status: "fail",
    failures: 3,
    rows: undefined,
    decidedBy: "rows of a unit test",
    statement: undefined,
    scanned: undefined,
    at: spanOfText(statsYml, "team_form"),
    ms: 3,
    differences: {
      columns: ["game_id", "points_avg", "note"],
      rows: [
        {
          kind: "differs",
          cells: [
            { expected: "3", actual: "3", isEqual: true },
            { expected: "101.5", actual: "99", isEqual: false },
            { expected: "", actual: null, isEqual: false },
          ],
        },
        { kind: "missing", cells: ["4", "100", "日本"] },
        { kind: "unexpected", cells: ["5", null, "first\nsecond"] },
      ],
      equal: 2,
      expected: 4,
      actual: 4,
    },
  },
  {
    ...passed,
    kind: "test_finished",
    test: nodeId("test.nba.unique_predictions"),
    name: "unique_predictions",
    severity: "error",
    status: "cancelled",
    failures: 0,
    rows: undefined,
    decidedBy: "",
    statement: undefined,
    scanned: undefined,
    at: undefined,
    ms: 0,
  },
];

const failedEnd: readonly RunEvent[] = [
  {
    kind: "column_checked",
    node: nodeId("model.nba.team_form"),
    relation: "stats.team_form",
    column: "adj",
    verdict: "leak",
    because: undefined,
    cutoffs: 8,
    seed: 7,
    at: spanOfText(statsYml, "team_form"),
    finding: {
      cutoff: "2009-02-03",
      differing: 12_293,
      compared: 12_309,
      key: [{ column: "match_id", value: "54915" }],
      time: "2009-02-03",
      full: "4.13",
      probed: null,
      startsIn: ["stats.roll.gm"],
      equalAbove: ["tm"],
      carriers: ["raw.matches.home_pts", "raw.matches.away_pts"],
      carriedBy: "each",
      seenBy: ["hiding", "changing"],
      looksLike: { what: "whole-table statistic", link: "docs/leakage.md#global-mean" },
    },
  },
  {
    kind: "history_checked",
    node: nodeId("source.nba.raw.matches"),
    relation: "raw.matches",
    column: "home_score",
    declared: "known_after: game_date",
    verdict: "changed",
    because: undefined,
    photographs: 30,
    at: spanOfText(statsYml, "team_form"),
    finding: {
      changed: 3,
      known: 1240,
      filled: 1,
      late: 0,
      gone: 0,
      days: { stillOld: 2.2, new: 3.2 },
      examples: [
        {
          key: [{ column: "game_id", value: "17" }],
          at: "2009-02-05 04:00:00",
          since: "2009-02-03",
          was: "101",
          is: null,
        },
      ],
      advice: "known_after: game_date + 4, or the time at which it is written",
    },
  },
  { kind: "run_finished", state: "failed", exitCode: 3, ms: 2345 },
];

const publishedEnd: readonly RunEvent[] = [
  {
    kind: "lock_waiting",
    schema: "stats",
    holder: {
      does: "writes",
      runId: "7f3f0e0e-0000-4000-8000-000000000000",
      project: "nba",
      command: "build",
      application: "galley/7f3f0e0e-0000-4000-8000-000000000000/server",
      user: "etl",
      pid: 4710,
      since: "2026-11-22 19:49:04 UTC",
    },
  },
  { kind: "publish_waiting", reason: "old_snapshot", holders: [{ pid: 4711, application: "psql", ageMs: 12_000 }] },
  { kind: "publish_waiting", reason: "lock", holders: [{ pid: 4712, application: "", ageMs: 300 }] },
  { kind: "publish_finished", status: "published", relations: 6, lockedMs: 14, waitedMs: 310, attempts: 2 },
  { kind: "run_finished", state: "succeeded", exitCode: 0, ms: 2660 },
];

const stamped = (all: readonly RunEvent[]): readonly StampedEvent[] =>
  all.map((event, i) => ({
    at: new Date(Date.UTC(2025, 0, 31, 12, 0, 0, i * 10)),
    runId: "0f8fad5b-d9cb-469f-a165-70867728950e",
    event,
  }));

export const failedRun = stamped([...events, ...testsOfPast, ...failedEnd]);

const isWell = (event: RunEvent): boolean => {
  if (event.kind === "node_finished") return event.status === "success";
  if (event.kind === "test_finished") return event.status === "pass" || event.status === "warn";
  return true;
};

export const publishedRun = stamped([...[...events, ...testsOfPast].filter(isWell), ...publishedEnd]);
