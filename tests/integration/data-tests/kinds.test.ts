/**
 * Each kind of data test over rows that pass, rows that fail, no rows and NULL, with names that need quoting, and over
 * failing rows of a partitioned table and of a view.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { dataTests } from "../../../src/plugins/data-tests/index.ts";
import { type Told, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

type Case = {
  readonly kind: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly type?: string;
  readonly of_relation?: true;
  readonly what?: string;
  readonly failures: number;
};

/** See the head of the file. */
type KindCase = Case & {
  readonly pass: string;
  readonly fail: string;
  readonly empty?: number;
  readonly nulls?: string | false;
  readonly where?: number;
};

const TESTED = 'Odd "Name';
const GROUP = "Group By";

const { kinds, shapes } = parse(await readFile(join(import.meta.dirname, "cases.yml"), "utf8")) as {
  readonly kinds: readonly KindCase[];
  readonly shapes: readonly Case[];
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

type Asked = {
  readonly table: string;
  readonly type: string;
  readonly rows: string;
  readonly of: Case;
  readonly where?: string;
  readonly form?: "partitioned" | "view";
  readonly expected: number;
};

const titleOf = ({ kind, what }: Pick<Case, "kind" | "what">): string =>
  what === undefined ? kind : `${kind}, ${what}`;

const asked: readonly Asked[] = [
  ...kinds.flatMap((of, i): readonly Asked[] => {
    const type = of.type ?? "int";
    const name = (state: string): string => `${titleOf(of)} ${i}: ${state}`;
    const nulls = of.nulls ?? "(null, null, null)";
    return [
      { table: name("passing"), type, rows: of.pass, of, expected: 0 },
      ...(of.fail === ""
        ? []
        : ([undefined, "partitioned", "view"] as const).map((form) => ({
            table: name(form === undefined ? "failing" : `failing, ${form}`),
            type,
            rows: of.fail,
            of,
            ...(form === undefined ? {} : { form }),
            expected: of.failures,
          }))),
      ...(of.where === undefined
        ? []
        : [{ table: name("narrowed"), type, rows: of.fail, of, where: "other > 0", expected: of.where }]),
      { table: name("empty"), type, rows: "", of, expected: of.empty ?? 0 },
      ...(nulls === false ? [] : [{ table: name("NULL"), type, rows: nulls, of, expected: 0 }]),
    ];
  }),
  ...shapes.map((of, i) => ({
    table: `${titleOf(of)}, shape ${i}`,
    type: of.type ?? "int",
    rows: "",
    of,
    expected: of.failures,
  })),
];

const tableSql = ({ table, type, rows, form }: Asked): string => {
  const name = short(table);
  const filled = form === "view" ? `${name}_rows` : name;
  const columns = `(${quoted(TESTED)} ${type}, ${quoted(GROUP)} text, other int)`;
  return [
    `create table raw.${filled} ${columns}${form === "partitioned" ? ` partition by list (${quoted(GROUP)})` : ""}`,
    ...(form === "partitioned"
      ? [
          `create table raw.${name}_a partition of raw.${name} for values in ('a')`,
          `create table raw.${name}_rest partition of raw.${name} default`,
        ]
      : []),
    ...(rows === "" ? [] : [`insert into raw.${filled} values ${rows}`]),
    ...(form === "view" ? [`create view raw.${name} as select * from raw.${filled}`] : []),
  ]
    .map((statement) => `${statement};`)
    .join("\n");
};

/** Names have 63 bytes. */
const short = (table: string): string => `t${asked.findIndex((a) => a.table === table)}`;

const tablesYml = (): string =>
  JSON.stringify({
    sources: [
      {
        name: "raw",
        tables: [
          ...["parents", "same", "keyed", "spread"].map((name) => ({ name })),
          ...asked.map(({ table, of, where }) => {
            const call = {
              [of.kind]: {
                name: table,
                ...(of.args === undefined ? {} : { arguments: of.args }),
                ...(where === undefined ? {} : { config: { where } }),
              },
            };
            return of.of_relation
              ? { name: short(table), data_tests: [call] }
              : { name: short(table), columns: [{ name: TESTED, data_tests: [call] }] };
          }),
        ],
      },
    ],
  });

const OTHERS = `create schema raw;
  create table raw.parents ("Key" int, is_open boolean, "Group By" text);
  insert into raw.parents values (1, true, 'a'), (2, false, 'a'), (null, true, null);
  create table raw.same (${quoted(TESTED)} float8, "Group By" text, other int);
  insert into raw.same values (1, 'a', 1), (1, 'a', 1), (null, null, null);
  create table raw.keyed (${quoted(TESTED)} float8, "Group By" text, other int);
  insert into raw.keyed values (1, 'a', 1), (2, 'b', 2);
  create table raw.spread (v int);
  insert into raw.spread select i % 4 + 1 from generate_series(1, 100) i;`;

// What is held against earlier runs, and what rebuilds the past, has tests of its own: decisions.test.ts, point-in-time.test.ts.
test("every kind has a case", () => {
  const covered = new Set(kinds.map((c) => c.kind));
  expect([...dataTests.keys()].filter((kind) => !covered.has(kind))).toEqual(["row_count_change", "point_in_time"]);
});

forEachServer((server) => {
  let told: Told;
  beforeAll(async () => {
    await using engine = await withEngine({ "models/raw.yml": tablesYml() }, { server });
    await engine.database.query(OTHERS + asked.map(tableSql).join("\n"));
    told = await engine.test();
  }, 120_000);

  const endingOf = (name: string) => {
    const found = told.events.find((e) => e.kind === "test_finished" && e.name === name);
    return found?.kind === "test_finished"
      ? [found.status, found.failures, found.diagnostic?.message]
      : told.complaints;
  };

  describe("each kind", () => {
    test.each(asked.map((one) => [one.table, one] as const))("%s", (name, { expected }) => {
      expect(endingOf(name)).toEqual([expected === 0 ? "pass" : "fail", expected, undefined]);
    });
  });
});
