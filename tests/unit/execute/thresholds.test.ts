import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CompiledTest } from "../../../src/domain/compiled.ts";
import type { DataTestConfig, Threshold } from "../../../src/domain/config.ts";
import type { Session } from "../../../src/domain/contracts/database.ts";
import { DatabaseError } from "../../../src/domain/contracts/database.ts";
import { nodeId } from "../../../src/domain/names.ts";
import { wholeFile } from "../../../src/domain/source.ts";
import { authored, type Sql, sql, textOf } from "../../../src/domain/sql.ts";
import { NO_FACTS, type RelationFacts } from "../../../src/domain/test-facts.ts";
import { failingRowsQuery } from "../../../src/domain/test-sql.ts";
import { isBeyond } from "../../../src/domain/threshold.ts";
import { runStatements } from "../../../src/stages/execute/run-tests.ts";
import type { TestEnding } from "../../../src/stages/execute/test-ending.ts";
import { DEFAULT_FAILURES } from "../../../src/stages/link/failures-config.ts";
import { planTests } from "../../../src/stages/plan/test-plan.ts";

const threshold = (operator: Threshold["operator"], value: number, isPercent = false): Threshold => ({
  operator,
  value,
  isPercent,
});

describe("a threshold", () => {
  test.each([
    [">", 3, 3, false],
    [">", 3, 4, true],
    [">=", 3, 3, true],
    ["<", 3, 3, false],
    ["<", 3, 2, true],
    ["<=", 3, 3, true],
    ["=", 3, 3, true],
    ["=", 3, 2, false],
    ["!=", 0, 0, false],
    ["!=", 0, 1, true],
  ] as const)("%s %i: %i failures → %s", (operator, value, failures, beyond) => {
    expect(isBeyond(threshold(operator, value), failures, undefined)).toBe(beyond);
  });

  test.each([
    [">", 10, 1, 10, false],
    [">", 10, 2, 10, true],
    [">=", 10, 1, 10, true],
    [">", 0, 1, 1_000_000, true],
    [">", 0, 0, 0, false],
    [">=", 100, 7, 7, true],
  ] as const)("%s %i %%: %i of %i rows → %s", (operator, value, failures, rows, beyond) => {
    expect(isBeyond(threshold(operator, value, true), failures, rows)).toBe(beyond);
  });

  test("and its opposite never agree", () => {
    const pairs = [
      [">", "<="],
      [">=", "<"],
      ["=", "!="],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        fc.boolean(),
        (pair, value, failures, rows, isPercent) => {
          const [one, other] = pair.map((operator) => isBeyond(threshold(operator, value, isPercent), failures, rows));
          return one !== other;
        },
      ),
    );
  });
});

const at = wholeFile({ path: "models/a.yml", text: "tests" });

const testOf = (
  name: string,
  failing: CompiledTest["failing"],
  config: Partial<DataTestConfig> = {},
  where?: Sql,
): CompiledTest => ({
  judges: "all rows",
  proof: undefined,
  node: {
    kind: "data-test",
    id: nodeId(`test.shop.${name}`),
    name,
    path: "models/a.yml",
    fqn: [name],
    tags: [],
    description: "",
    at,
    config: {
      enabled: true,
      severity: "error",
      where: undefined,
      limit: undefined,
      failCalc: undefined,
      warnIf: threshold("!=", 0),
      errorIf: threshold("!=", 0),
      scope: "delta",
      enforce: undefined,
      failures: DEFAULT_FAILURES,
      timeout: undefined,
      tags: [],
      meta: {},
      ...config,
    },
    attachedTo: nodeId("model.shop.a"),
    column: undefined,
    test: { kind: "query", name: undefined, body: { pieces: [], references: [] } },
  },
  relation: sql`"shop"."a"`,
  failing,
  where,
});

const row = (name: string, config?: Partial<DataTestConfig>, where?: Sql): CompiledTest =>
  testOf(name, { kind: "row", predicate: sql`"x" is null`, perValue: undefined }, config, where);
const query = (name: string, config?: Partial<DataTestConfig>): CompiledTest =>
  testOf(name, { kind: "query", query: sql`select 1`, judged: undefined, needs: undefined }, config);

type Cells = readonly (string | null)[];

/** Answers each message's statements from a list, a row each; `refuses` makes a message fail. */
const sessionOf = (
  answers: readonly Cells[],
  refuses: (text: string) => DatabaseError | undefined = () => undefined,
) => {
  const sent: string[] = [];
  const session: Session = {
    backendPid: 1,
    tables: async (statement) => {
      const text = textOf(statement);
      sent.push(text);
      const refusal = refuses(text);
      if (refusal !== undefined) throw refusal;
      return [[], ...answers, []].map((row) => ({ columns: row.map(() => "count"), rows: [row] }));
    },
    run: async () => [],
    step: async () => [],
    rows: async () => [],
    describe: () => Promise.reject(new Error("nothing is described")),
    table: async () => ({ columns: [], rows: [] }),
    copyTo: async () => 0,
    prepared: async () => ({ columns: [], rows: [] }),
    copyFrom: async () => 0,
  };
  return { session, sent };
};

const refusalAt = (sqlstate: string, position: number | undefined): DatabaseError =>
  new DatabaseError("refused", {
    sqlstate,
    detail: undefined,
    hint: undefined,
    position,
    constraint: undefined,
    table: undefined,
    schema: undefined,
    column: undefined,
    context: undefined,
    statement: undefined,
  });

const NO_FACTS_OF: RelationFacts = {
  bytes: undefined,
  rows: undefined,
  columns: new Map(),
  fewValues: new Set<string>(),
  notNull: new Map(),
  unique: [],
  foreignKeys: [],
  checks: [],
};
const SUBJECT = { key: [], personal: new Set<string>(), owner: undefined, failures: DEFAULT_FAILURES };
const signal = new AbortController().signal;
const clock = () => 0;
const runTests = (session: Session, tests: readonly CompiledTest[]): Promise<readonly TestEnding[]> =>
  runStatements(
    { session, clock, signal, subjectOf: () => SUBJECT, snapshot: "of each message" },
    planTests(tests, NO_FACTS).statements,
  );

describe("data tests on a session", () => {
  test("of one relation share one scan; queries go along in the same message and snapshot", async () => {
    const { session, sent } = sessionOf([["2"], ["10", "0", "1", "4"]]);
    const endings = await runTests(session, [row("one"), row("two", {}, sql`"y" > 0`), query("three")]);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatch(/^begin isolation level repeatable read read only; /);
    expect(sent[0]?.match(/"shop"\."a"/g)).toHaveLength(1);
    expect(endings.map((e) => [e.test.node.name, e.status, e.failures, e.rows])).toEqual([
      ["three", "fail", 2, undefined],
      ["one", "pass", 0, 10],
      ["two", "fail", 1, 4],
    ]);
  });

  test("look values up in a statement before the scan of a big relation, and when that fails ask without it", async () => {
    const relation = sql`"shop"."a"`;
    const parent = sql`"shop"."b"`;
    const failing = { kind: "parent", query: sql`q`, column: "b_id", parent, field: "id", among: undefined } as const;
    const facts = { ...NO_FACTS_OF, bytes: 2 ** 30, columns: new Map([["b_id", "int4"]]) };
    const parentFacts = { ...NO_FACTS_OF, rows: 30, columns: new Map([["id", "int8"]]) };
    const relations = new Map<string, RelationFacts>([
      [textOf(relation), facts],
      [textOf(parent), parentFacts],
    ]);
    const { statements } = planTests([{ ...row("one"), relation, failing }], { ...NO_FACTS, relations });
    const asking = { clock, signal, subjectOf: () => SUBJECT, snapshot: "of each message" } as const;
    const found = sessionOf([["30"], [], ["10", "0"], []]);
    const [ending] = await runStatements({ ...asking, session: found.session }, statements);
    expect([ending?.status, ending?.rows]).toEqual(["pass", 10]);
    expect(found.sent[0]?.split("; ").map((line) => line.replace(/galley_\w+/, "galley"))).toEqual([
      "begin isolation level repeatable read read only",
      `select length(set_config('galley.keys_1', array(select p."id" from "shop"."b" as p where p."id" is not null)::text, true))`,
      `prepare "galley" (int8[]) as select count(*), count(*) filter (where (\n(t."b_id"::int8 = any ($1)) is false and t."b_id" is not null\n)) from "shop"."a" as t`,
      `execute "galley" (current_setting('galley.keys_1')::int8[])`,
      `deallocate "galley"`,
      "commit",
    ]);
    const refused = sessionOf([["10", "0"]], (text) =>
      text.includes("prepare") ? refusalAt("22012", undefined) : undefined,
    );
    const [again] = await runStatements({ ...asking, session: refused.session }, statements);
    expect([again?.status, again?.rows]).toEqual(["pass", 10]);
    expect(refused.sent.map((text) => text.includes("not in (select"))).toEqual([false, true]);
  });

  test("that share a statement have the sum of their time limits, and where one has none, none", async () => {
    const limited = (ms: number): Partial<DataTestConfig> => ({ timeout: { ms, isOwn: false } });
    const { session, sent } = sessionOf([[], ["0"], [], ["1", "1", "0"], []]);
    const endings = await runTests(session, [
      row("one", limited(2000)),
      row("two", limited(500), sql`"y"`),
      query("three"),
    ]);
    expect(endings.map((e) => [e.test.node.name, e.failures])).toEqual([
      ["three", 0],
      ["one", 1],
      ["two", 0],
    ]);
    expect(sent[0]?.split("; ").filter((line) => line.startsWith("set local"))).toEqual([
      "set local statement_timeout = default",
      "set local statement_timeout = 2500",
      "set local statement_timeout = default",
    ]);
  });

  test("a severity of warn never fails, and error_if leaves room above warn_if", async () => {
    const many = { warnIf: threshold(">", 1), errorIf: threshold(">", 4) };
    const ending = async (config: Partial<DataTestConfig>, failures: number) => {
      const { session } = sessionOf([[String(failures)]]);
      return (await runTests(session, [query("q", config)]))[0]?.status;
    };
    expect(await ending({ severity: "warn" }, 9)).toBe("warn");
    expect(await ending(many, 1)).toBe("pass");
    expect(await ending(many, 2)).toBe("warn");
    expect(await ending(many, 5)).toBe("fail");
    expect(await ending({ ...many, severity: "warn" }, 5)).toBe("warn");
  });

  test("a limit counts no more rows than that, and a threshold in per cent is of all of them", async () => {
    const limited = async (config: Partial<DataTestConfig>) => {
      const { session } = sessionOf([["20", "6"]]);
      const [ending] = await runTests(session, [row("one", { limit: 3, ...config })]);
      return [ending?.status, ending?.failures];
    };
    expect(await limited({ errorIf: threshold(">", 20, true) })).toEqual(["fail", 3]);
    expect(await limited({ errorIf: threshold(">", 30, true) })).toEqual(["warn", 3]);
    expect(await limited({ errorIf: threshold(">", 3) })).toEqual(["warn", 3]);
  });

  test("keys of few values are grouped at once on a big relation, and hashed where there are many", () => {
    const relation = sql`"shop"."a"`;
    const key = (columns: readonly string[]): CompiledTest => ({
      ...testOf("key", { kind: "key", columns, nulls: "left out", query: sql`select 1` }),
      relation,
    });
    const asked = (columns: readonly string[], fewValues: readonly string[], bytes = 2 ** 30) => {
      const types = new Map(columns.map((column) => [column, "int8"]));
      const own = { ...NO_FACTS_OF, bytes, columns: types, fewValues: new Set(fewValues) };
      const facts = { ...NO_FACTS, relations: new Map([[textOf(relation), own]]) };
      return planTests([key(columns)], facts).statements.flatMap(({ checks }) => checks.map(({ how }) => how));
    };
    expect(asked(["kind"], ["kind"])).toEqual(["query"]);
    expect(asked(["id"], ["kind"])).toEqual(["hashes"]);
    expect(asked(["id", "kind"], ["kind"])).toEqual(["hashes"]);
    expect(asked(["kind"], ["kind"], 8192)).toEqual(["scan"]);
  });

  test("one that raises takes no other with it: each is asked again alone", async () => {
    const refusal = new DatabaseError("division by zero", {
      sqlstate: "22012",
      detail: undefined,
      hint: undefined,
      position: undefined,
      constraint: undefined,
      table: undefined,
      schema: undefined,
      column: undefined,
      context: undefined,
      statement: undefined,
    });
    const raises = testOf("raises", { kind: "query", query: sql`select 1 / 0`, judged: undefined, needs: undefined });
    const { session, sent } = sessionOf([["0"]], (text) => (text.includes("1 / 0") ? refusal : undefined));
    const endings = await runTests(session, [query("well"), raises]);
    expect(sent).toHaveLength(3);
    expect(endings.map((e) => [e.test.node.name, e.status, e.diagnostic?.message])).toEqual([
      ["well", "pass", undefined],
      ["raises", "error", "raises: division by zero (SQLSTATE 22012)"],
    ]);
  });

  test("identical tests are asked once; wrong SQL is found by its place, and the rest of the scan is asked again", async () => {
    const wrong = testOf("wrong", { kind: "row", predicate: sql`"absent" is null`, perValue: undefined });
    const twins = [row("one"), row("two", { severity: "warn" })];
    const { session, sent } = sessionOf([["9", "2"]], (text) =>
      text.includes("absent") ? refusalAt("42703", text.indexOf('"absent"') + 1) : undefined,
    );
    const endings = await runTests(session, [...twins, wrong]);
    expect(sent.filter((text) => text.includes("filter")).map((text) => text.match(/filter/g)?.length)).toEqual([2, 1]);
    expect(endings.map((e) => [e.test.node.name, e.status, e.failures, e.decidedBy, e.scanned])).toEqual([
      ["wrong", "error", 0, "scan", undefined],
      ["one", "fail", 2, "scan shared by 2 tests", 9],
      ["two", "warn", 2, "scan shared by 2 tests", 9],
    ]);
  });

  test("of a scan that raises, tests of Galley's own SQL stay together, and authors' conditions are asked alone", async () => {
    const file = { path: "a.yml", text: "x" };
    const condition = (text: string): Sql => authored(text, { span: { file, start: 0, end: 1 }, calledFrom: [] });
    const raises = row("raises", {}, condition("1 / x > 0"));
    const others = [row("one"), testOf("two", { kind: "row", predicate: sql`"y" is null`, perValue: undefined })];
    const narrowed = row("narrowed", {}, condition("z > 0"));
    const { session, sent } = sessionOf([["9", "0", "0"]], (text) =>
      text.includes("1 / x") ? refusalAt("22012", undefined) : undefined,
    );
    const endings = await runTests(session, [...others, raises, narrowed]);
    expect(sent).toHaveLength(4);
    expect(endings.map((e) => [e.test.node.name, e.status, e.decidedBy])).toEqual([
      ["one", "pass", "scan shared by 2 tests"],
      ["two", "pass", "scan shared by 2 tests"],
      ["raises", "error", "scan"],
      ["narrowed", "pass", "scan"],
    ]);
  });

  test("a session that is gone answers none of them, and is not asked again", async () => {
    const gone = new DatabaseError("terminating connection", {
      sqlstate: "57P01",
      detail: undefined,
      hint: undefined,
      position: undefined,
      constraint: undefined,
      table: undefined,
      schema: undefined,
      column: undefined,
      context: undefined,
      statement: undefined,
    });
    const { session, sent } = sessionOf([], () => gone);
    const endings = await runTests(session, [query("a"), query("b")]);
    expect(sent).toHaveLength(1);
    expect(endings.map((e) => [e.status, e.diagnostic?.code])).toEqual([
      ["error", "postgres/connection-lost"],
      ["error", "postgres/connection-lost"],
    ]);
  });

  test("the rows of a row-level test are those that its count counts", () => {
    expect(textOf(failingRowsQuery(row("one", {}, sql`"y" > 0`)))).toBe(
      'select * from "shop"."a" as t where case when (\n"y" > 0\n) then (\n"x" is null\n) end',
    );
    expect(textOf(failingRowsQuery(query("q")))).toBe("select 1");
  });
});
