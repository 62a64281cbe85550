/** Which columns of a relation a data test or a constraint looks at. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { DataTests } from "../../domain/contracts/data-test.ts";
import { relationKey } from "../../domain/names.ts";
import { textOf } from "../../domain/sql.ts";
import type { RelationFacts } from "../../domain/test-facts.ts";
import type { PlainValue } from "../../domain/tree.ts";
import { columnUsesIn } from "../../sql-syntax/column-uses.ts";
import type { Parse } from "../../sql-syntax/parser.ts";
import type { Key, Relation } from "./keys.ts";

export type Looking = {
  readonly dataTests: DataTests;
  readonly parse: Parse;
  /** Data tests of the relation itself. */
  readonly own: readonly CompiledTest[];
  /** Singular tests that read it. */
  readonly singular: readonly CompiledTest[];
  readonly live: RelationFacts | undefined;
  /** Keys that something guards. */
  readonly guarded: readonly Key[];
};

export const testedColumns = (
  node: Relation,
  columns: readonly string[],
  { dataTests, parse, own, singular, live, guarded }: Looking,
): ReadonlySet<string> => {
  const tested = new Set(guarded.flat());
  const all = new Set(columns);
  const inExpression = (text: string): void => {
    for (const name of namesIn(parse, text, all)) tested.add(name);
  };
  for (const { node: test, failing } of own) {
    if (test.column !== undefined) tested.add(test.column);
    const named = test.test.kind === "generic" ? dataTests.get(test.test.name)?.parameters : undefined;
    for (const [name, argument] of test.test.kind === "generic" ? test.test.arguments : []) {
      const type = named?.find((parameter) => parameter.name === name)?.type;
      if (argument.kind !== "value") continue;
      if (type === "expression") inExpression(String(argument.value));
      // `field` of `relationships` is the other relation's.
      else if (failing.kind !== "parent" && (type === "column" || type === "columns"))
        for (const column of textsIn(argument.value)) tested.add(column);
    }
    if (test.test.kind === "query" && failing.kind === "query")
      for (const name of usedIn(parse, textOf(failing.query), node, all)) tested.add(name);
  }
  for (const { failing } of singular)
    if (failing.kind === "query") for (const name of usedIn(parse, textOf(failing.query), node, all)) tested.add(name);
  for (const c of node.kind === "source" ? [] : node.constraints) {
    if (c.kind === "not_null") tested.add(c.column);
    else if (c.kind === "check") inExpression(c.expression.value);
    else if (c.kind === "foreign_key") for (const column of c.columns) tested.add(column);
  }
  for (const column of live?.notNull.keys() ?? []) tested.add(column);
  for (const { columns: referring } of live?.foreignKeys ?? []) for (const column of referring) tested.add(column);
  for (const check of live?.checks ?? []) inExpression(check.expression);
  return new Set(columns.filter((column) => tested.has(column)));
};

const textsIn = (value: PlainValue): readonly string[] =>
  [value].flat().flatMap((item) => (typeof item === "string" ? [item] : []));

/** An expression over one relation: each name in it is a column of that. */
const namesIn = (parse: Parse, expression: string, columns: ReadonlySet<string>): readonly string[] => {
  const parsed = parse(`select * from s.t where (\n${expression}\n)`);
  if (parsed.kind === "error") return [];
  const wanted = { schema: "s", name: "t", columns };
  return parsed.statements.flatMap(({ tree }) => namesOf(columnUsesIn(tree, parsed.offsetOf, wanted)));
};

const usedIn = (
  parse: Parse,
  query: string,
  { relation }: Relation,
  columns: ReadonlySet<string>,
): readonly string[] => {
  // Cheap, before it is parsed.
  if (!query.includes(relation.name)) return [];
  const parsed = parse(query);
  if (parsed.kind === "error") throw new Error(`a query of ${relationKey(relation)} was compiled and cannot be read`);
  const wanted = { ...relation, columns };
  return parsed.statements.flatMap(({ tree }) => namesOf(columnUsesIn(tree, parsed.offsetOf, wanted)));
};

/** Not those of a `*`, which takes all and looks at none. */
const namesOf = (uses: ReturnType<typeof columnUsesIn>): readonly string[] =>
  uses.flatMap(({ column, how }) => (how === "all" ? [] : [column]));
