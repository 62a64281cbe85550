import { describe, expect, test } from "vitest";
import { eventLine } from "../../../src/plugins/reporters/event-record.ts";
import { plain } from "../../../src/plugins/reporters/plain.ts";
import { type Engine, type Told, withEngine } from "../../support/engine.ts";
import { withRoles } from "../../support/roles.ts";
import { forEachServer } from "../../support/servers.ts";

const SECRET = "ana@secret.example";

/** All that a run says: JSON lines, and the text of its report. */
const saidBy = (told: Told): string => {
  const written: string[] = [];
  const output = { write: (text: string) => void written.push(text), columns: () => 400, hasColors: false };
  const reporter = plain({ out: output, err: output });
  for (const event of told.events) {
    const stamped = { at: new Date(0), runId: "r", event };
    reporter.onEvent(stamped);
    written.push(eventLine(stamped));
  }
  return written.join("\n");
};

const bookkeeping = async ({ database }: Engine): Promise<string> => {
  const tables = ["runs", "nodes", "relations", "test_results", "test_failures", "quarantine"];
  const rows = await Promise.all(tables.map((name) => database.query(`select to_jsonb(t) from galley.${name} t`)));
  return JSON.stringify(rows);
};

const stored = (engine: Engine) =>
  engine.database.query(
    "select replace(test_id, 'test.shop.', '') as test, n, key, row from galley.test_failures join galley.runs using (run_id) order by started_at, 1, 2",
  );

const people = `select * from (values (1, '${SECRET}', 'Ana'), (2, '${SECRET}', null), (3, 'x', 'Bo')) as v (id, email, name)\n`;
const peopleYml = (tests: string, more = ""): string => `models:
  - name: people
    config: { unique_key: id }
    ${more}
    columns:
      - name: Email
        meta: { pii: true }
      - name: email
        meta: { pii: true }
        data_tests: ${tests}
      - { name: name, data_tests: [not_null] }
`;

describe("personal columns", () => {
  test("are masked in all that is said and stored of failing rows, of violated constraints and of errors", async () => {
    await using engine = await withEngine({
      "models/people.sql": people,
      "models/people.yml": peopleYml(`
          - unique
          - accepted_values: { arguments: { values: [x] } }
          - looks_odd
          - is_number`),
      "models/pairs.sql": `select '${SECRET}' as email from generate_series(1, 2)\n`,
      "models/pairs.yml": `models:
  - name: pairs
    constraints: [{ type: primary_key, columns: [email] }]
    columns: [{ name: email, meta: { pii: yes } }]
`,
      "models/rows_of_people.test.sql": 'select id, email, upper(name) as shout from {{ref "people"}}\n',
      "macros/tests/looks_odd.sql":
        '{{params "model" "column"}}\nselect {{column}}, count(*) from {{model}} group by 1\n',
      "macros/tests/is_number.sql": '{{params "model" "column"}}\nselect * from {{model}} where {{column}}::int > 0\n',
    });
    const told = await engine.build();
    expect(told.exit).toBe(3);
    const samples = Object.fromEntries([...told.result.tests.values()].map((t) => [t.name, t.sample?.rows.toSorted()]));
    expect(samples).toMatchObject({
      unique_people_email: [["•••", "2"]],
      accepted_values_people_email__x: [
        ["1", "•••", "Ana"],
        ["2", "•••", null],
      ],
      not_null_people_name: [["2", null, "•••"]],
      pairs_pkey: [["•••", "2"]],
    });
    const raised = told.complaints.find((c) => c.includes("is_number"));
    expect(raised).toContain('invalid input syntax for type integer: "•••"');
    expect(saidBy(told)).not.toContain("secret");
    expect(await bookkeeping(engine)).not.toContain("secret");
    expect(await stored(engine)).toEqual(
      expect.arrayContaining([
        { test: "not_null_people_name", n: 1, key: { id: 2 }, row: { id: 2, name: null } },
        { test: "unique_people_email", n: 1, key: null, row: { n_records: 2 } },
      ]),
    );
  });

  test("are masked in what the server says of a key or a row that it refuses", async () => {
    await using engine = await withEngine({
      "models/a.sql": `{{config pre_hook="insert into raw.people values (2, '${SECRET}')"}}\nselect id from {{source "raw" "people"}}\n`,
      "models/b.sql": `{{config pre_hook="insert into raw.people values (null, '${SECRET}')"}}\nselect id from {{source "raw" "people"}}\n`,
      "models/raw.yml":
        "sources: [{ name: raw, tables: [{ name: people, columns: [{ name: email, meta: { pii: true } }] }] }]\n",
    });
    await engine.database.query(
      `create schema raw; create table raw.people (id int not null, email text unique); insert into raw.people values (1, '${SECRET}')`,
    );
    const told = await engine.build();
    const notes = told.diagnostics.flatMap((d) => d.notes.map((n) => n.message)).toSorted();
    expect(notes).toEqual(["Failing row contains (•••).", "Key (email)=(•••)"].map((n) => expect.stringContaining(n)));
    expect(saidBy(told)).toContain("Key (email)");
  });
});

const numbers = "select id, nullif(id % 10, 0) as digit from generate_series(1, 300) as id\n";
const numbersYml = (failures: string): string => `models:
  - name: numbers
    config: { unique_key: id }
    columns: [{ name: digit, data_tests: [{ not_null: { config: { failures: ${failures} } } }] }]
`;

forEachServer((server) => {
  test("as many rows are shown and stored as the project, its folders and the test say, what is nearer first", async () => {
    const { project, ...rest } = {
      project: "failures: { show: 2, store: 7, columns: key }\ndata_tests: { sub: { +failures: { show: 1 } } }",
    };
    void rest;
    await using engine = await withEngine(
      {
        "models/numbers.sql": numbers,
        "models/numbers.yml": numbersYml("{ columns: all, store: 3 }, severity: warn"),
        "models/sub/below.sql": 'select id as key, digit from {{ref "numbers"}}\n',
        "models/sub/below.yml": "models: [{ name: below, columns: [{ name: digit, data_tests: [not_null] }] }]\n",
        "models/sub/keyed.sql": 'select id as key, digit from {{ref "numbers"}}\n',
        "models/sub/keyed.yml":
          "models: [{ name: keyed, config: { unique_key: key }, columns: [{ name: digit, data_tests: [not_null, { not_null: { name: none, config: { failures: { store: 0, show: 0 } } } }] }] }]\n",
      },
      { project, server },
    );
    const told = await engine.build();
    const shapeOf = (name: string) => {
      const { sample, failures } = [...told.result.tests.values()].find((t) => t.name === name) ?? {};
      return [failures, sample?.columns, sample?.rows.length];
    };
    expect(shapeOf("not_null_numbers_digit")).toEqual([30, ["id", "digit"], 2]);
    expect(shapeOf("not_null_below_digit")).toEqual([30, [], 0]);
    expect(shapeOf("not_null_keyed_digit")).toEqual([30, ["key"], 1]);
    expect(shapeOf("none")).toEqual([30, [], 0]);
    expect(
      await engine.database.query(
        "select test_id, count(*)::int as n, min((select string_agg(k, ',' order by k) from jsonb_object_keys(row) k)) as columns from galley.test_failures group by 1 order by 1",
      ),
    ).toEqual([
      { test_id: "test.shop.not_null_keyed_digit", n: 7, columns: "key" },
      { test_id: "test.shop.not_null_numbers_digit", n: 3, columns: "digit,id" },
    ]);
    const bare = await engine.build({ rows: "none" });
    expect([...bare.result.tests.values()].map((t) => [t.failures, t.sample?.rows, t.sample?.query !== ""])).toEqual(
      Array.from({ length: 4 }, () => [30, [], true]),
    );
    expect(await engine.database.query("select count(*)::int as n from galley.test_failures")).toEqual([{ n: 10 }]);
  });
});

test("failing rows of a run stay when the next one fails, and go when they are older than they are kept", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": "select 1 as id, null::int as a, null::int as b\n",
    "models/numbers.yml": `models:
  - name: numbers
    columns:
      - { name: a, data_tests: [not_null] }
      - { name: b, data_tests: [{ not_null: { config: { failures: { keep: { count: 1, period: day } } } } }] }
`,
  });
  await engine.build();
  expect((await engine.test({ against: "workspace" })).exit).toBe(1);
  const counted = () =>
    engine.database.query("select test_id, count(*)::int as n from galley.test_failures group by 1 order by 1");
  const both = (a: number, b: number) => [
    { test_id: "test.shop.not_null_numbers_a", n: a },
    { test_id: "test.shop.not_null_numbers_b", n: b },
  ];
  expect(await counted()).toEqual(both(2, 2));
  await engine.database.query("update galley.test_failures set stored_at = now() - interval '2 days'");
  await engine.build();
  expect(await counted()).toEqual(both(3, 1));
  await engine.database.query("update galley.test_failures set stored_at = now() - interval '31 days'");
  await engine.database.query("update galley.runs set started_at = started_at - interval '31 days'");
  await engine.project.write({ "models/numbers.yml": "models: []\n" });
  expect((await engine.build()).exit).toBe(0);
  expect(await counted()).toEqual([]);
  const runs = "select command, count(*)::int as n from galley.runs group by 1";
  expect(await engine.database.query(runs)).toEqual([{ command: "build", n: 3 }]);
});

test("without the right to write, test shows failing rows, stores none, and says so", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": "select 1 as id, null::int as a\n",
    "models/numbers.yml":
      "models: [{ name: numbers, columns: [{ name: a, data_tests: [{ not_null: { config: { severity: warn } } }] }] }]\n",
  });
  expect((await engine.build()).exit).toBe(0);
  const { query, queryAsSuperuser, name } = engine.database;
  await using roles = await withRoles(engine.database, ["reader"]);
  const reader = roles.of("reader");
  await queryAsSuperuser(`alter role ${reader} login password 'reads'`);
  await query(`grant usage on schema shop to ${reader}; grant select on all tables in schema shop to ${reader}`);
  const asReader = new URL(engine.database.url);
  asReader.username = reader;
  asReader.password = "reads";
  const notesOf = async (env: Readonly<Record<string, string>>) => {
    const told = await engine.test({ env });
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect([...told.result.tests.values()].map((t) => t.sample?.rows)).toEqual([[[null, "1"]]]);
    return told.events.flatMap((e) => (e.kind === "note" ? [e.message] : []));
  };
  expect(await notesOf({ DATABASE_URL: asReader.href })).toEqual([
    "failing rows are shown and not stored: the role may not write into Galley's own tables",
  ]);
  await queryAsSuperuser(`alter database ${name} set default_transaction_read_only = on`);
  expect(await notesOf({})).toEqual(["failing rows are shown and not stored: the session is read-only"]);
  await queryAsSuperuser(`begin read write; alter database ${name} reset default_transaction_read_only; commit`);
  expect(await query("select command from galley.runs")).toEqual([{ command: "build" }]);
});

test("rows as wide as documents are shown, and stored no further than that", async () => {
  await using engine = await withEngine({
    "models/documents.sql":
      "select id, (select string_agg(md5(id::text || i), '') from generate_series(1, 10000) i) as text, null::int as a from generate_series(1, 9) as id\n",
    "models/documents.yml":
      "models: [{ name: documents, columns: [{ name: a, data_tests: [not_null, accepted_values: { name: listed, arguments: { values: [1] }, where: a is not null }, not_null: { name: again, where: id > 4 }] }] }]\n",
  });
  const told = await engine.build();
  expect([...told.result.tests.values()].map((t) => [t.name, t.failures, t.sample?.rows.length]).toSorted()).toEqual([
    ["again", 5, 5],
    ["listed", 0, undefined],
    ["not_null_documents_a", 9, 5],
  ]);
  expect(
    await engine.database.query("select test_id, count(*)::int as n from galley.test_failures group by 1 order by 1"),
  ).toEqual([
    { test_id: "test.shop.again", n: 5 },
    { test_id: "test.shop.not_null_documents_a", n: 5 },
  ]);
});
