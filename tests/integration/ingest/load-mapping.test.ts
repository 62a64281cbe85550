import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadMapping, type RawLoad } from "../../../src/stages/ingest/load-mapping.ts";
import { bytesOf, mappingOf, placeOf, type RawDatabase, RUN_ID, withRawDatabase } from "../../support/raw.ts";

const TABLES = `
create schema t;
create table t.teams (team_id int generated always as identity primary key, code text not null unique, name text not null);
create table t.games (
  game_id int generated always as identity primary key, key text not null unique,
  team_id int not null references t.teams, points smallint check (points >= 0), note varchar(10), day date,
  extra int not null default 5, unique (team_id, day));
create table t.scores (game_id int not null references t.games, kind text not null, data json, primary key (game_id, kind))`;

const MAPPING = `
ingest: games
file: { format: csv, "null": ["", "NULL"] }
steps:
  - into: t.teams
    key: [code]
    columns: { code: team, name: name }
    update: []
  - into: t.games
    key: [key]
    where: kind <> 'skip'
    columns:
      key: key
      team_id: "(select t.team_id from t.teams t where t.code = f.team)"
      points: points::smallint   # a comment of YAML
      note: "note -- a comment of SQL"
      day: day::date
    reject: { tied: points = opp }
`;

const HEADER = "Key,Team,Name,Kind,Points,Opp,Note,Day\n";

const load = async (
  raw: RawDatabase,
  content: string | Uint8Array,
  mapping = MAPPING,
): Promise<RawLoad | readonly string[]> => {
  const outcome = await loadMapping(raw.database, {
    mapping: mappingOf(mapping),
    source: bytesOf(content),
    fileLabel: "games.csv",
    runId: RUN_ID,
    bookkeeping: "galley",
  });
  if (outcome.ok) return outcome.value;
  return outcome.diagnostics.map((d) => `${d.code} | ${d.message} | ${placeOf(d)} | ${d.help}`);
};

const counts = (load: RawLoad | readonly string[]) => {
  if (!("steps" in load)) return load;
  return load.steps.map(({ into, counts: c }) =>
    [into, c.read, c.inserted, c.updated, c.unchanged, c.merged, c.rejected].join(" "),
  );
};

const quarantined = async (raw: RawDatabase): Promise<readonly string[]> =>
  (await raw.query("select line, reason, raw from galley.quarantine order by line")).map(
    (row) => `${row["line"]}: ${row["reason"]} <- ${row["raw"]}`,
  );

describe("loading a file through a mapping", () => {
  test("writes what is new or differs, and nothing the second time", async () => {
    await using raw = await withRawDatabase(TABLES);
    const file = `${HEADER}g1,A,Alpha,x,10,5,,2020-01-01\ng2,B,Beta,x,NULL,5,"NULL",2020-01-02\ng3,A,Alpha,skip,1,1,,\n`;
    expect(counts(await load(raw, file))).toEqual(["t.teams 3 2 0 0 1 0", "t.games 2 2 0 0 0 0"]);
    expect(await raw.query("select key, team_id, points, note, day::text, extra from t.games order by 1")).toEqual([
      { key: "g1", team_id: 1, points: 10, note: null, day: "2020-01-01", extra: 5 },
      { key: "g2", team_id: 2, points: null, note: "NULL", day: "2020-01-02", extra: 5 },
    ]);
    const before = await raw.query(
      "select xmin::text, ctid::text from t.games union all select xmin::text, ctid::text from t.teams",
    );
    expect(counts(await load(raw, file))).toEqual(["t.teams 3 0 0 2 1 0", "t.games 2 0 0 2 0 0"]);
    expect(
      await raw.query(
        "select xmin::text, ctid::text from t.games union all select xmin::text, ctid::text from t.teams",
      ),
    ).toEqual(before);
    const changed = file.replace("10,5", "11,5").replace("Alpha", "Changed").replace("Alpha", "Changed");
    expect(counts(await load(raw, changed))).toEqual(["t.teams 3 0 0 2 1 0", "t.games 2 0 1 1 0 0"]);
    expect(await raw.query("select name from t.teams where code = 'A'")).toEqual([{ name: "Alpha" }]);
    expect(await raw.query("select points from t.games where key = 'g1'")).toEqual([{ points: 11 }]);
    expect(await raw.query("select reltuples::int as n from pg_class where oid = 't.games'::regclass")).toEqual([
      { n: 2 },
    ]);
  });

  test("refuses each bad row alone, with its reason and raw text, and leaves no trace of it in any step", async () => {
    await using raw = await withRawDatabase(TABLES);
    const loaded = await load(
      raw,
      `${HEADER}g1,A,Alpha,x,10,5,hello,2020-01-01
g2,B,Beta,x,abc,5,"bad, cast",2020-01-02
g3,A,Alpha,x,7,7,tied,2020-01-03
g4,C,Gamma,x,-5,1,check,2020-01-04
g5,D,Delta,x,5,1,too long for it,2020-01-04
g1,A,Alpha,x,11,5,differs,2020-01-01
g1,A,Alpha,x,10,5,hello,2020-01-01
g8,A,Alpha,x,10,5,dup,2020-01-01
g9,A,Other,x,10,5,name,2020-02-01
g10,,None,x,10,5,nokey,2020-02-01
g11,A,Alpha,skip,abc,5,skip,2020-02-01
g12,A,Alpha,x
g13,Z,Zeta,x,NULL,5,day,2020-13-01
g14,A,Alpha,x,13,5,"two
""li""",2020-02-02
`,
    );
    expect(counts(loaded)).toEqual(["t.teams 6 1 0 0 3 2", "t.games 10 2 0 0 1 7"]);
    expect("rejected" in loaded && loaded.rejected).toBe(10);
    expect(await quarantined(raw)).toEqual([
      '3: points: invalid input syntax for type smallint: "abc" <- g2,B,Beta,x,abc,5,"bad, cast",2020-01-02',
      "4: tied <- g3,A,Alpha,x,7,7,tied,2020-01-03",
      '5: new row for relation "games" violates check constraint "games_points_check" <- g4,C,Gamma,x,-5,1,check,2020-01-04',
      "6: note: value too long for type character varying(10) <- g5,D,Delta,x,5,1,too long for it,2020-01-04",
      "7: line 2 has the same key (key) and differs in points, note <- g1,A,Alpha,x,11,5,differs,2020-01-01",
      '9: duplicate key value violates unique constraint "games_team_id_day_key": Key (team_id, day)=(1, 2020-01-01) already exists. <- g8,A,Alpha,x,10,5,dup,2020-01-01',
      "10: line 2 has the same key (code) and differs in name <- g9,A,Other,x,10,5,name,2020-02-01",
      "11: code is null: it may not be <- g10,,None,x,10,5,nokey,2020-02-01",
      "13: the row has 4 fields instead of 8 <- g12,A,Alpha,x",
      '14: day: date/time field value out of range: "2020-13-01" <- g13,Z,Zeta,x,NULL,5,day,2020-13-01',
    ]);
  });

  test("reads gzip by content, other delimiters and line ends", async () => {
    await using raw = await withRawDatabase(TABLES);
    const mapping = MAPPING.replace("format: csv", 'format: csv, delimiter: ";"');
    const file = `\ufeff${HEADER}g1,A,"Al,pha",x,10,5,,2020-01-01`.replaceAll(",", ";").replaceAll("\n", "\r\n");
    expect(counts(await load(raw, gzipSync(file), mapping))).toEqual(["t.teams 1 1 0 0 0 0", "t.games 1 1 0 0 0 0"]);
    expect(await raw.query("select name from t.teams")).toEqual([{ name: "Al;pha" }]);
  });

  test("tells of damaged gzip data, and keeps nothing", async () => {
    await using raw = await withRawDatabase(TABLES);
    const packed = gzipSync(`${HEADER}${"g1,A,Alpha,x,10,5,,2020-01-01\n".repeat(1000)}`);
    expect(await load(raw, packed.subarray(0, packed.length - 20))).toEqual([
      "ingest/cannot-read | games.csv is damaged: the gzip data cannot be unpacked | undefined | was the download or the copy complete? `gzip -t` tells",
    ]);
    expect(await raw.query("select from t.teams")).toEqual([]);
  });

  test("finds the bad rows among many good ones", async () => {
    await using raw = await withRawDatabase(TABLES);
    const isBad = (i: number): boolean => i % 97 === 3 || (i > 1200 && i < 1300);
    const rows = Array.from({ length: 3000 }, (_, i) => `g${i},A,Alpha,x,${isBad(i) ? "?" : "1"},5,,${day(i)}`);
    const loaded = await load(raw, HEADER + rows.join("\n"));
    const bad = rows.filter((_, i) => isBad(i)).length;
    expect(counts(loaded)).toEqual([
      `t.teams ${3000 - bad} 1 0 0 ${2999 - bad} 0`,
      `t.games 3000 ${3000 - bad} 0 0 0 ${bad}`,
    ]);
    const lines = await raw.query("select line::int from galley.quarantine order by line");
    expect(lines.map((row) => row["line"])).toEqual(rows.flatMap((_, i) => (isBad(i) ? [i + 2] : [])));
  });

  test("refuses a row whose lookup finds two rows, and a row without its parent", async () => {
    await using raw = await withRawDatabase(
      `${TABLES}; insert into t.teams (code, name) values ('A', 'n'), ('B', 'n')`,
    );
    const mapping = `
ingest: games
file: { format: csv }
steps:
  - into: t.games
    key: [key]
    columns:
      key: key
      team_id: "case when team ~ '^[0-9]+$' then team::int else (select t.team_id from t.teams t where t.name = f.team or t.code = f.team) end"
`;
    expect(counts(await load(raw, "key,team\ng1,A\ng2,n\ng3,99\ng4,X\n", mapping))).toEqual(["t.games 4 1 0 0 0 3"]);
    expect(await quarantined(raw)).toEqual([
      "3: team_id: more than one row returned by a subquery used as an expression <- g2,n",
      '4: insert or update on table "games" violates foreign key constraint "games_team_id_fkey": Key (team_id)=(99) is not present in table "teams". <- g3,99',
      "5: team_id is null: its lookup found nothing <- g4,X",
    ]);
  });

  test("compares values that have no equality as text", async () => {
    await using raw = await withRawDatabase(
      `${TABLES}; insert into t.teams (code, name) values ('A', 'n'); insert into t.games (key, team_id) values ('g', 1)`,
    );
    const mapping = `
ingest: scores
file: { format: csv }
steps:
  - into: t.scores
    key: [game_id, kind]
    columns: { game_id: "1", kind: kind, data: data::json }
`;
    const file = (x: number) => `kind,data\na,"{""x"":${x}}"\na,"{""x"":${x}}"\n`;
    expect(counts(await load(raw, file(1), mapping))).toEqual(["t.scores 2 1 0 0 1 0"]);
    expect(counts(await load(raw, file(1), mapping))).toEqual(["t.scores 2 0 0 1 1 0"]);
    expect(counts(await load(raw, file(2), mapping))).toEqual(["t.scores 2 0 1 0 1 0"]);
  });

  test("lets two loads of the same tables take turns", async () => {
    await using raw = await withRawDatabase(TABLES);
    const rows = Array.from({ length: 500 }, (_, i) => `g${i},A,Alpha,x,1,5,,${day(i)}`);
    const [one, other] = await Promise.all([
      load(raw, HEADER + rows.join("\n")),
      load(raw, HEADER + rows.toReversed().join("\n")),
    ]);
    expect([counts(one), counts(other)].sort()).toEqual([
      ["t.teams 500 0 0 1 499 0", "t.games 500 0 0 500 0 0"],
      ["t.teams 500 1 0 0 499 0", "t.games 500 500 0 0 0 0"],
    ]);
  });
});

/** Each its own. */
const day = (i: number): string => new Date(Date.UTC(2000, 0, 1 + i)).toISOString().slice(0, 10);

describe("a mapping that is wrong", () => {
  const wrong = async (change: (mapping: string) => string): Promise<readonly string[]> => {
    await using raw = await withRawDatabase(`${TABLES}; create table t.nokey (code text, name text)`);
    const loaded = await load(raw, `${HEADER}g1,A,Alpha,x,10,5,,2020-01-01\n`, change(MAPPING));
    expect(await raw.query("select from t.teams")).toEqual([]);
    expect(await raw.query("select from galley.quarantine")).toEqual([]);
    return loaded as readonly string[];
  };

  test("names every mistake in its expressions at its place", async () => {
    expect(
      await wrong((m) =>
        m
          .replace("points::smallint", "pionts::smallint")
          .replace("day::date", "dayz(day)")
          .replace("kind <>", "kinds <>")
          .replace("points = opp", "points = oppp"),
      ),
    ).toEqual([
      'ingest/bad-expression | t.games.points: column "pionts" does not exist | ingest/test.yml:15: pionts | did you mean "points"?',
      "ingest/bad-expression | t.games.day: function dayz(text) does not exist | ingest/test.yml:17: dayz | No function matches the given name and argument types. You might need to add explicit type casts.",
      'ingest/bad-expression | `where` of t.games: column "kinds" does not exist | ingest/test.yml:11: kinds | did you mean "kind"?',
      'ingest/bad-expression | reject "tied" of t.games: column "oppp" does not exist | ingest/test.yml:18: oppp | did you mean "opp"?',
    ]);
  });

  test("is told which cast is missing", async () => {
    expect(await wrong((m) => m.replace("points::smallint", "points"))).toEqual([
      'ingest/bad-expression | column "points" is of type smallint but expression is of type text | ingest/test.yml:15: points | every field is text: write (points)::smallint',
    ]);
  });

  test("names tables, columns and keys that are not there", async () => {
    expect(await wrong((m) => m.replace("into: t.teams", "into: t.team"))).toEqual([
      "ingest/no-such-table | there is no table t.team | ingest/test.yml:5: t.team | tables that files are loaded into are made by migrations: `galley migrate`",
    ]);
    expect(await wrong((m) => m.replace("name: name }", "nam: name }").replace("day: day", "game_id: day"))).toEqual([
      'ingest/no-such-column | t.teams has no column "nam" | ingest/test.yml:7: nam | did you mean "name"?',
      "ingest/generated-column | t.games.game_id is given by the database, never by a file | ingest/test.yml:17: game_id | leave it out of `columns`",
    ]);
    expect(await wrong((m) => m.replace("key: [code]", "key: [code, name]"))).toEqual([
      "ingest/key-not-unique | (code, name) is no unique constraint of t.teams | ingest/test.yml:6: code | unique there: (team_id), (code); another one is added in a migration",
    ]);
    expect(await wrong((m) => m.replace("into: t.teams", "into: t.nokey"))).toEqual([
      "ingest/key-not-unique | (code) is no unique constraint of t.nokey | ingest/test.yml:6: code | a row can be found again only by a unique constraint: add one in a migration",
    ]);
    expect(await wrong((m) => m.replace(", name: name }", " }"))).toEqual([
      "ingest/column-missing | the step does not set name of t.teams, NOT NULL and without a default | ingest/test.yml:5: t.teams | add name to `columns`",
    ]);
  });

  test("is found before any of the file is read", async () => {
    await using raw = await withRawDatabase(TABLES);
    let isRead = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      isRead = true;
      yield Buffer.from(HEADER);
    }
    const mapping = mappingOf(MAPPING.replace("key: [code]", "key: [name]"));
    const request = { mapping, source: source(), fileLabel: "-", runId: RUN_ID, bookkeeping: "galley" };
    expect((await loadMapping(raw.database, request)).ok).toBe(false);
    expect(isRead).toBe(false);
  });

  test("without the right to write is told so", async () => {
    await using raw = await withRawDatabase(`${TABLES}; revoke insert on t.games from current_user`);
    expect(await load(raw, `${HEADER}g1,A,Alpha,x,10,5,,2020-01-01\n`)).toEqual([
      "ingest/cannot-write | t.games: permission denied for table games (SQLSTATE 42501) | ingest/test.yml:9: t.games | undefined",
    ]);
  });
});
