/**
 * Data tests and what the catalog says in, the statements that decide them out. What is guaranteed is not asked; what is
 * asked twice is asked once; tests of the rows of one relation share its scan. Pure.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import { type Sql, sql, textOf } from "../../domain/sql.ts";
import { isBig, type RelationFacts, type TestFacts } from "../../domain/test-facts.ts";
import type { PlanTests, TestStatement } from "../../domain/test-plan.ts";
import { functionsIn } from "../../domain/test-sql.ts";
import { hashStatement, keyCheck } from "./key-tests.ts";
import { scanChecks } from "./scan-checks.ts";
import { guaranteeOf, nothingToCompare } from "./test-guarantees.ts";
import { queryStatement, sameQuery, screenStatement } from "./test-queries.ts";
import { valueStatement } from "./value-tests.ts";

type Scan = { readonly name: string; readonly from: Sql; readonly rows: CompiledTest[]; readonly keys: CompiledTest[] };

export const planTests: PlanTests = (tests, facts) => {
  const proved = tests.flatMap((test) => {
    const guarantee = nothingToCompare(test, facts) ?? guaranteeOf(test, factsOf(test, facts));
    return guarantee === undefined ? [] : [{ test, ...guarantee }];
  });
  const isProved = new Set(proved.map((p) => p.test));
  const scans = new Map<string, Scan>();
  const apart = { query: new Map(), hashes: new Map(), screen: new Map(), values: new Map() } satisfies Apart;
  for (const test of tests.filter((t) => !isProved.has(t))) {
    const place = placeOf(test, facts);
    if (test.relation === undefined || place === "query") together(apart.query, sameQuery(test), test);
    else if (place === "hashes" || place === "screen") together(apart[place], sameQuery(test), test);
    else if (place === "values") together(apart.values, sameValues(test), test);
    else {
      const name = `${place} of ${textOf(test.relation)}`;
      const scan = scans.get(name) ?? { name, from: test.relation, rows: [], keys: [] };
      scans.set(name, scan);
      (test.failing.kind === "key" ? scan.keys : scan.rows).push(test);
    }
  }
  const made = (kind: keyof Apart, statement: (same: readonly CompiledTest[], facts: TestFacts) => TestStatement) =>
    [...apart[kind].values()].map((same: readonly CompiledTest[]) => statement(same, facts));
  return {
    proved,
    statements: [
      ...made("hashes", hashStatement),
      ...made("screen", screenStatement),
      ...made("query", queryStatement),
      ...made("values", valueStatement),
      ...[...scans.values()].flatMap((scan) => scanStatements(scan, facts)),
    ],
  };
};

type Apart = Readonly<Record<"query" | "hashes" | "screen" | "values", Map<string, CompiledTest[]>>>;

/** Predicates over the values of one column, of the same rows. */
const sameValues = ({ relation, failing, where }: CompiledTest): string =>
  JSON.stringify([relation, failing.kind === "row" ? failing.perValue : "", where].map((v) => textIn(v)));

const textIn = (value: Sql | string | undefined): string =>
  value === undefined ? "" : typeof value === "string" ? value : textOf(value);

const together = (all: Map<string, CompiledTest[]>, key: string, test: CompiledTest): void => {
  all.set(key, [...(all.get(key) ?? []), test]);
};

const factsOf = ({ relation }: CompiledTest, { relations }: TestFacts): RelationFacts | undefined =>
  relation === undefined ? undefined : relations.get(textOf(relation));

type Place = keyof Apart | "scan" | "serial scan" | `scan for ${string}`;

/**
 * A distinct aggregate, and a function that is not safe in parallel, keep their whole statement from running in parallel:
 * on a big relation they do not ride with the others. Of a view nobody knows how big it is.
 */
const placeOf = (test: CompiledTest, facts: TestFacts): Place => {
  const own = factsOf(test, facts);
  const isSerial = (): boolean => isBig(own) && functionsIn(test).some((name) => facts.serialFunctions.has(name));
  switch (test.failing.kind) {
    case "past":
    case "none":
    case "query":
      return "query";
    case "screened":
      return "screen";
    case "parent":
      if (!isSmallParent(facts.relations.get(textOf(test.failing.parent)))) return "query";
      return isSerial() ? "serial scan" : "scan";
    case "key":
      if (own === undefined || (own.bytes !== undefined && !isBig(own))) return "scan";
      // So few values that some stand twice: they are grouped at once, for hashes would be sorted in vain.
      return test.failing.columns.every((column) => own.fewValues.has(column)) ? "query" : "hashes";
    case "measured":
      if (isSerial()) return "serial scan";
      return isBig(own) && test.failing.apart !== undefined ? `scan for ${test.failing.apart}` : "scan";
    case "row":
      if (isSerial()) return "serial scan";
      return test.failing.perValue !== undefined && own?.fewValues.has(test.failing.perValue) === true && isBig(own)
        ? "values"
        : "scan";
  }
};

/** By the estimate of an ANALYZE alone: NOT IN over a parent that turns out too big for a hash table is quadratic. */
const isSmallParent = (parent: RelationFacts | undefined): boolean =>
  parent?.rows !== undefined && parent.rows <= PARENT_ROWS;

/** More, and a query of its own is as fast. */
const PARENT_ROWS = 5000;

/** A statement has at most 1,664 result columns; two a test leave room. */
const CHECKS_PER_SCAN = 300;

const scanStatements = ({ name, from, rows, keys }: Scan, facts: TestFacts): readonly TestStatement[] => {
  const checks = [...scanChecks(rows, facts), ...keys.map((test) => keyCheck(test, facts))];
  const count = Math.ceil(checks.length / CHECKS_PER_SCAN);
  return Array.from({ length: count }, (_, i) => ({
    name: count === 1 ? name : `${name}, ${i + 1} of ${count}`,
    from: sql`${from} as t`,
    reads: "rows",
    checks: checks.slice(i * CHECKS_PER_SCAN, (i + 1) * CHECKS_PER_SCAN),
    size: isBig(facts.relations.get(textOf(from))) ? "big" : "small",
  }));
};
