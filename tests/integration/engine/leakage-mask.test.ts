/** A source as `galley check leakage` hides and changes it: what is known stays as it is, and what is not always differs. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Known } from "../../../src/domain/availability.ts";
import type { Session } from "../../../src/domain/contracts/database.ts";
import type { SourceNode } from "../../../src/domain/manifest.ts";
import { NOTHING_PERSONAL } from "../../../src/domain/personal.ts";
import { wholeFile } from "../../../src/domain/source.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../../src/domain/sql.ts";
import { openDatabase } from "../../../src/postgres/database.ts";
import { readColumns } from "../../../src/stages/check/known/read-columns.ts";
import { changedSql } from "../../../src/stages/check/leakage/changed-value.ts";
import { type Mask, maskedQuery, type ProbeKind } from "../../../src/stages/check/leakage/mask.ts";
import type { MaskedSource } from "../../../src/stages/check/leakage/masked-source.ts";
import { readSources } from "../../../src/stages/check/leakage/read-sources.ts";
import { readValues } from "../../../src/stages/check/leakage/read-values.ts";
import { withTestDatabase } from "../../support/database.ts";
import { manifestOf } from "../../support/manifest.ts";

const SETTINGS = { applicationName: "galley/mask", role: undefined, searchPath: [], trace: undefined };

const onServer = async (setup: string, work: (session: Session) => Promise<void>): Promise<void> => {
  await using server = await withTestDatabase();
  await server.query(setup);
  const client = { connectionString: server.url };
  const database = await openDatabase({ ...SETTINGS, client, personal: NOTHING_PERSONAL });
  try {
    await database.withSession("model", work);
  } finally {
    await database.close();
  }
};

const AT = wholeFile({ path: "raw.yml", text: "" });
const known = (when: Known["when"], of: string): Known => {
  const kind = of === "always" || of === "event time" ? of : undefined;
  return {
    when,
    span: AT,
    moment: kind === undefined ? { kind: "expression", text: { value: of, span: AT } } : { kind },
  };
};

type Said = {
  readonly time?: readonly string[];
  readonly from?: readonly [table: string, own: string, parent: string];
  readonly rows?: Known;
  readonly columns?: Known;
  readonly own?: Readonly<Record<string, Known>>;
  readonly key?: readonly string[];
};

const copyOf = (table: string, said: Said) => {
  const [node] = [...manifestOf({ [`raw.${table}`]: { kind: "source" } }).nodes.values()];
  if (node?.kind !== "source") throw new Error("a source was made");
  const [parent, own = "", of = ""] = said.from ?? [];
  const availability: SourceNode["config"]["availability"] = {
    parent: parent === undefined ? undefined : { table: { value: parent, span: AT }, on: [{ own, parent: of }] },
    isConstant: false,
    rows: said.rows,
    columns: said.columns,
  };
  const columns = Object.entries(said.own ?? {}).map(([name, k]) => ({
    name,
    description: "",
    dataType: undefined,
    known: k,
    isSurrogate: false,
    meta: {},
    span: AT,
  }));
  return {
    node: { ...node, columns, config: { ...node.config, eventTime: said.time ?? [], availability } },
    relation: { schema: "raw", name: table },
    key: said.key ?? ["id"],
  };
};

const sourcesOf = async (
  session: Session,
  said: Readonly<Record<string, Said>>,
): Promise<Readonly<Record<string, MaskedSource>>> => {
  const copies = Object.entries(said).map(([table, of]) => copyOf(table, of));
  const read = await readSources(session, copies);
  if (!read.ok) throw new Error(read.diagnostics.map((d) => d.message).join("\n"));
  return Object.fromEntries(read.value.map((source) => [source.name.replace("raw.", ""), source]));
};

const maskOf = (kind: ProbeKind, members: readonly (readonly [string, string])[], seed = 1): Mask => ({
  kind,
  seed,
  only: undefined,
  cutoff: { members: members.map(([text, type]) => ({ text, type })), reason: "named" },
});

const day = (text: string): readonly [string, string] => [text, "date"];

const rowsOf = async (session: Session, source: MaskedSource | undefined, mask: Mask) => {
  if (source === undefined) throw new Error("a source was read");
  const columns = source.columns.map((c) => sql`${ident(c.name)}::text`);
  return (
    await session.rows(sql`select ${joinSql(columns, sql`, `)} from (${maskedQuery(source, mask)}) x order by 1`)
  ).map((row) => Object.values(row).join(" ").trim());
};

const EVENTS = `create schema raw;
create table raw.events (id int primary key, day date, nth int, at_day int, after_day int, fixed timestamptz, late int);
insert into raw.events values
  (1, '2026-01-01', 1, 10, 100, '2026-01-01 12:00+00', 1000), (2, '2026-01-02', 1, 20, 200, '2026-01-02 00:00+00', 2000),
  (3, '2026-01-02', 2, 30, 300, null, 3000), (4, '2026-01-03', 1, 40, 400, '2026-01-03 00:00+00', 4000);`;

it("hides what is not known at a cut-off: at its own instant what is known after it, and what no time says", async () => {
  await onServer(EVENTS, async (session) => {
    const own = { after_day: known("after", "event time"), late: known("after", "fixed") };
    const columns = known("at", "event time");
    const kept = await sourcesOf(session, { events: { time: ["day"], rows: known("at", "always"), columns, own } });
    // `nth` goes with the event, `fixed` says when another is known and is never masked, nor are the key and the day.
    expect(await rowsOf(session, kept["events"], maskOf("hide", [day("2026-01-02")]))).toEqual([
      "1 2026-01-01 1 10 100 2026-01-01 12:00:00+00 1000",
      "2 2026-01-02 1 20  2026-01-02 00:00:00+00",
      "3 2026-01-02 2 30",
      "4 2026-01-03    2026-01-03 00:00:00+00",
    ]);
    const tuple = await sourcesOf(session, { events: { time: ["day", "nth"], columns, own } });
    const at = maskOf("hide", [day("2026-01-02"), ["2", "integer"]]);
    expect(await rowsOf(session, tuple["events"], at)).toEqual([
      "1 2026-01-01 1 10 100 2026-01-01 12:00:00+00 1000",
      "2 2026-01-02 1 20 200 2026-01-02 00:00:00+00",
      "3 2026-01-02 2 30",
    ]);
    // Against what is no tuple the first member counts.
    expect((await rowsOf(session, tuple["events"], maskOf("hide", [day("2026-01-01")]))).length).toBe(1);
    const after = await sourcesOf(session, { events: { time: ["day"], rows: known("after", "event time"), columns } });
    expect((await rowsOf(session, after["events"], maskOf("hide", [day("2026-01-02")]))).length).toBe(1);
    const zone = await sourcesOf(session, { events: { time: ["day"], rows: known("at", "fixed"), columns } });
    const noon: readonly [string, string] = ["2026-01-01 12:00:00", "timestamp without time zone"];
    await session.run(sql`set timezone = 'Pacific/Auckland'`);
    expect((await rowsOf(session, zone["events"], maskOf("hide", [noon]))).length).toBe(1);
    await session.run(sql`reset timezone`);
  });
});

it("changes every value that is not known, and nothing else", async () => {
  await onServer(EVENTS, async (session) => {
    const sources = await sourcesOf(session, { events: { time: ["day"], columns: known("after", "event time") } });
    const source = sources["events"];
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const mask = maskOf("change", [day("2026-01-02")], seed);
      const [row] = await session.rows(sql`
select count(*) as rows, count(*) filter (where o.day < '2026-01-02' and o is distinct from m) as known_differ,
  bool_and(o.id = m.id and o.day = m.day) as keys, bool_and(o.day < '2026-01-02' or (o.nth <> m.nth and o.at_day <> m.at_day
    and o.after_day <> m.after_day and o.late <> m.late and m.late > 0)) as all_differ
from raw.events o left join (${maskedQuery(source ?? raise(), mask)}) m using (id)`);
      expect(row).toEqual({ rows: "4", known_differ: "0", keys: "t", all_differ: "t" });
    }
  });
});

const raise = (): never => {
  throw new Error("a source was read");
};

it("hides or changes all that belongs to one event together, in each source that has it", async () => {
  await onServer(
    `create schema raw;
create table raw.games (id int primary key, day date not null, points int not null);
create table raw.box (game int, team int, points int not null, primary key (game, team));
insert into raw.games select i, date '2026-01-01' + i, i from generate_series(1, 60) i;
insert into raw.box select i, t, i from generate_series(1, 60) i, generate_series(1, 2) t;`,
    async (session) => {
      const sources = await sourcesOf(session, {
        games: { time: ["day"], columns: known("after", "event time") },
        box: {
          from: ["games", "game", "id"],
          rows: known("after", "event time"),
          columns: known("at", "always"),
          key: ["game", "team"],
        },
      });
      const mask = maskOf("mixed", [day("2026-01-31")]);
      const { games = raise(), box = raise() } = sources;
      const rows = await session.rows(sql`
select (g.id is not null and g.points is not null) as game, count(b.game) as boxes, count(*) as n
from raw.games o left join (${maskedQuery(games, mask)}) g using (id) left join (${maskedQuery(box, mask)}) b on b.game = o.id
where o.day >= '2026-01-31' group by o.id, 1 order by 1, 2`);
      const kinds = new Set(rows.map((r) => `${r["game"]} ${r["boxes"]}`));
      expect([...kinds].sort()).toEqual(["f 0", "t 2"]);
    },
  );
});

it("lets what is announced be absent before that, however it is probed, and moves what goes with time to later ones", async () => {
  await onServer(
    `create schema raw;
create table raw.fixtures (id int primary key, day date not null, announced date, season text not null, kind text not null);
insert into raw.fixtures select i, date '2026-01-01' + i, case when i % 10 = 0 then date '2026-01-05' + i else date '2026-01-01' + i - 5 end,
  'S' || (1 + i / 25), case when i % 2 = 0 then 'league' else 'cup' end from generate_series(1, 74) i;`,
    async (session) => {
      const said = { time: ["day"], columns: known("at", "always") };
      const { fixtures = raise() } = await sourcesOf(session, {
        fixtures: { ...said, rows: known("at", "announced") },
      });
      for (const kind of ["hide", "change", "mixed"] as const) {
        const rows = await session.rows(sql`
select count(*) filter (where o.announced <= '2026-01-20') as known, count(*) filter (where o.announced > '2026-01-20' and o.announced <= o.day) as fixtures,
  count(*) filter (where o.announced > o.day and o.announced > '2026-01-20') > 0 as late
from (${maskedQuery(fixtures, maskOf(kind, [day("2026-01-20")]))}) m join raw.fixtures o using (id)`);
        expect(rows).toEqual([{ known: "23", fixtures: "0", late: kind === "hide" ? "f" : "t" }]);
      }
      const { fixtures: played = raise() } = await sourcesOf(session, { fixtures: said });
      const moved = await session.rows(sql`
select distinct o.season, m.season as moved from (${maskedQuery(played, maskOf("change", [day("2026-01-20")]))}) m
join raw.fixtures o using (id) where o.day > '2026-01-20' order by 1`);
      expect(moved.map((r) => [r["season"], r["moved"]])).toEqual([
        ["S1", "S2"],
        ["S2", "S3"],
        ["S3", null],
      ]);
    },
  );
});

const HASHES = sql`(select hashtextextended(i::text, 1) as h from generate_series(1, 200) i) h`;

/** How many of the changed values are as they were, NULL or below zero, and of which type they are. */
const judged = async (session: Session, table: string) => {
  const name = { schema: "raw", name: table };
  const columns = await readColumns(session, name);
  const values = await readValues(session, name, columns);
  const [column] = columns;
  if (column === undefined) throw new Error("a column was read");
  const kind = values.get(column.name) ?? raise();
  const changed: Sql = changedSql(sql`t.v`, column.type, kind, sql`h.h`);
  const [row] = await session.rows(sql`
select count(*) filter (where t.v is not distinct from x.v) as same, count(*) filter (where x.v is null) as nulls, min(pg_typeof(x.v)::text) as type
from ${relation(name)} t, ${HASHES}, lateral (select ${changed} as v) x`);
  return { ...row, kind: kind.kind };
};

const TYPES: readonly (readonly [string, string, string, string])[] = [
  ["smallint", "(-32768), (0), (32767), (null)", "smallint", "integer"],
  ["int", "(2147483647), (-2147483648), (5), (null)", "integer", "integer"],
  ["bigint", "(9223372036854775807), (-9223372036854775808), (0)", "bigint", "integer"],
  ["numeric(5,2)", "(0.01), (999.99), ('NaN'), (null)", "numeric", "number"],
  ["numeric", "('Infinity'), (3), (4)", "numeric", "number"],
  ["real", "(16777216), (16777217), ('NaN'), ('-Infinity'), (null)", "real", "float"],
  ["float8", "(1e20), (1.5e20), (null)", "double precision", "float"],
  ["boolean", "(true), (false), (null)", "boolean", "boolean"],
  ["date", "('2026-01-01'), ('infinity'), (null)", "date", "date"],
  ["timestamptz", "('2026-01-01'), ('2026-03-01'), ('-infinity'), (null)", "timestamp with time zone", "timestamp"],
  ["interval", "('1 day'), (null)", "interval", "interval"],
  ["varchar(3)", "('abc'), ('abd'), (null)", "character varying", "others"],
  ["char(3)", "('abc'), ('abd'), (null)", "character", "others"],
  ["text", "('only'), (null)", "text", "text"],
  ["uuid", "('00000000-0000-0000-0000-000000000001'), (null)", "uuid", "uuid"],
  ["bytea", "('a'), (null)", "bytea", "bytea"],
  ["raw.mood", "('sad'), ('ok'), (null)", "raw.mood", "others"],
  ["raw.share", "(0), (1), (0.5)", "numeric", "number"],
];

it("finds another value for each, of the same type", async () => {
  await onServer(
    "create schema raw; create type raw.mood as enum ('sad', 'ok', 'happy'); create domain raw.share numeric check (value between 0 and 1)",
    async (session) => {
      for (const [type, rows, typed, kind] of TYPES) {
        await session.run(
          sql`create table raw.t (v ${authored(type, undefined)}); insert into raw.t values ${authored(rows, undefined)}`,
        );
        expect([type, await judged(session, "t")]).toEqual([type, { same: "0", nulls: "0", type: typed, kind }]);
        await session.run(sql`drop table raw.t`);
      }
      // Of these no other value can be made up.
      for (const [type, rows] of [
        ["int[]", "(array[1, 2])"],
        ["jsonb", `('{"a": 1}')`],
        ["raw.mood", "('sad')"],
      ] as const) {
        await session.run(
          sql`create table raw.t (v ${authored(type, undefined)}); insert into raw.t values ${authored(rows, undefined)}`,
        );
        expect([type, await judged(session, "t")]).toMatchObject([type, { same: "0", nulls: "200", kind: "hidden" }]);
        await session.run(sql`drop table raw.t`);
      }
    },
  );
});

/** The least and the most of a column, and of what 200 changes make of each of its values. */
const ends = async (session: Session) => {
  const name = { schema: "raw", name: "t" };
  const kind = (await readValues(session, name, await readColumns(session, name))).get("v") ?? raise();
  const [row = {}] = await session.rows(sql`
select min(x), max(x), count(*) filter (where x < v) > 0 as down, max(x) > max(v) as above
from (select t.v, ${changedSql(sql`t.v`, "integer", kind, sql`h.h`)} as x from raw.t, ${HASHES}) c`);
  return row;
};

it("changes numbers up and down and beyond those that there are, but never from above zero to below", async () => {
  await onServer("create schema raw; create table raw.t (v int)", async (session) => {
    const sets = fc.array(fc.integer({ min: 0, max: 32_000 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sets, async (numbers) => {
        const rows = joinSql(
          numbers.map((n) => sql`(${literal(n)})`),
          sql`, `,
        );
        await session.run(sql`truncate raw.t; insert into raw.t values ${rows}`);
        expect(await judged(session, "t")).toMatchObject({ same: "0", nulls: "0" });
        const { min, above } = await ends(session);
        expect([Number(min) >= Math.min(1, ...numbers), above]).toEqual([true, "t"]);
      }),
      { numRuns: 25 },
    );
    // The least of the points of a league, which some game always has: only below it can a change of it show.
    await session.run(sql`truncate raw.t; insert into raw.t select generate_series(80, 120)`);
    const { min, max, down } = await ends(session);
    expect([Number(min) > 0 && Number(min) < 80, Number(max) > 120, down]).toEqual([true, true, "t"]);
  });
});
