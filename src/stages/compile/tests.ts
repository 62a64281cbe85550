/** A data test and what its references mean in this run in, the SQL that decides it out. */
import type { CompiledTest, CompileRun } from "../../domain/compiled.ts";
import type { ArgumentValue, DataTest, DataTests, RowHistory } from "../../domain/contracts/data-test.ts";
import { type DataTestNode, isBuilt, type Manifest, type TestArgument } from "../../domain/manifest.ts";
import { bookkeepingSchema } from "../../domain/names.ts";
import type { Rendered } from "../../domain/rendered.ts";
import { authored, literal, relation as named, type Sql, sql, textOf } from "../../domain/sql.ts";
import { failingRowsQuery } from "../../domain/test-sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import type { Queries } from "./queries.ts";
import { nodeOf, WHOLE } from "./render.ts";

/** Undefined after saying what is wrong. */
export const compileTest = (
  node: DataTestNode,
  queries: Queries,
  dataTests: DataTests,
  manifest: Manifest,
  run: CompileRun,
): CompiledTest | undefined => {
  const { attachedTo, test, column } = node;
  const relation = attachedTo === undefined ? undefined : queries.relationOf(attachedTo);
  if (attachedTo !== undefined && relation === undefined) return undefined;
  switch (test.kind) {
    case "query": {
      const where = whereOf(node, undefined);
      const query = failingQuery(node, test.body, where, queries);
      if (query === undefined) return undefined;
      const failing = { kind: "query", query, judged: undefined, needs: undefined } as const;
      return { node, relation, failing, where, ...OF_ALL_ROWS };
    }
    case "generic": {
      const kind = dataTests.get(test.name);
      if (kind === undefined || relation === undefined) throw new Error(`${node.id}: link let an unknown kind pass`);
      const given = new Map<string, ArgumentValue>();
      for (const [name, argument] of test.arguments) {
        const value = argumentValue(argument, queries);
        if (value === undefined) return undefined;
        given.set(name, value);
      }
      const where = whereOf(node, { kind, given });
      const live = liveOf(node, manifest, run, relation);
      const history = (): RowHistory => historyOf(node, manifest);
      const failing = kind.failingRows({ relation, column, arguments: given, where, live, history });
      return counting({ node, relation, failing, where, ...OF_ALL_ROWS });
    }
    default:
      return unreachable(test);
  }
};

/** With a `fail_calc` it is the failing rows themselves that are asked for, and no shorter way decides it. */
const counting = (test: CompiledTest): CompiledTest => {
  const { failing, node } = test;
  if (node.config.failCalc === undefined || failing.kind === "none" || failing.kind === "past") return test;
  const judged = failing.kind === "query" ? failing.judged : undefined;
  const needs = failing.kind === "query" || failing.kind === "measured" ? failing.needs : undefined;
  return { ...test, failing: { kind: "query", query: failingRowsQuery(test), judged, needs } };
};

/** Until a plan says that less will do. */
const OF_ALL_ROWS = { judges: "all rows", proof: undefined } as const;

type Called = { readonly kind: DataTest; readonly given: ReadonlyMap<string, ArgumentValue> };

/** The config's, and what the kind's own conditions narrow the rows by. */
const whereOf = ({ config }: DataTestNode, called: Called | undefined): Sql | undefined => {
  const written = [
    ...(config.where === undefined ? [] : [config.where]),
    ...(called?.kind.parameters ?? []).flatMap(({ name, type }) => {
      const argument = called?.given.get(name);
      if (type !== "condition" || argument?.kind !== "value" || argument.value === null) return [];
      return [{ value: String(argument.value), span: argument.span }];
    }),
  ].map(({ value, span }) => authored(value, { span, calledFrom: [] }));
  return written.reduce<Sql | undefined>(
    (all, one) => (all === undefined ? one : sql`(\n${all}\n) and (\n${one}\n)`),
    undefined,
  );
};

/** What stood there before the run; a test on live looks at that itself. */
const liveOf = (
  { attachedTo }: DataTestNode,
  manifest: Manifest,
  { view }: CompileRun,
  relation: Sql,
): Sql | undefined => {
  const node = attachedTo === undefined ? undefined : nodeOf(manifest, attachedTo);
  if (node === undefined || !isBuilt(node) || view.kind !== "workspace") return undefined;
  const live = named(node.relation);
  return textOf(live) === textOf(relation) ? undefined : live;
};

const historyOf = ({ id }: DataTestNode, { target }: Manifest): RowHistory => {
  const schema = bookkeepingSchema(target.schemaPrefix);
  const from = named({ schema, name: "test_results" });
  const runs = named({ schema, name: "runs" });
  return {
    from,
    counts: sql`select r.rows from ${from} as r join ${runs} as u on u.run_id = r.run_id where r.test_id = ${literal(id)} and r.rows is not null and u.published_at is not null order by u.published_at desc`,
  };
};

/** An own generic test reads its relation through `where`, as the built-in ones do; a singular test's rows are narrowed. */
const failingQuery = (
  { attachedTo }: DataTestNode,
  body: Rendered,
  where: Sql | undefined,
  queries: Queries,
): Sql | undefined => {
  const narrowed = where === undefined || attachedTo === undefined ? WHOLE : new Map([[attachedTo, where]]);
  const query = queries.whole(body, attachedTo, narrowed)?.query;
  if (query === undefined || where === undefined || attachedTo !== undefined) return query;
  return sql`select * from (\n${query}\n) as failing where (\n${where}\n)`;
};

const argumentValue = (argument: TestArgument, queries: Queries): ArgumentValue | undefined => {
  if (argument.kind === "value") return argument;
  const relation: Sql | undefined = queries.relationOf(argument.node);
  return relation === undefined ? undefined : { kind: "relation", relation, span: argument.span };
};
