/** Manifest, nodes and a run in; SQL for each of them out, in which every reference has got its meaning in this run. */
import { withinMarks } from "../../domain/batch.ts";
import type { Compiled, CompiledModel, CompiledTest, CompileRun } from "../../domain/compiled.ts";
import type { ArgumentValue, DataTests } from "../../domain/contracts/data-test.ts";
import { type Diagnostic, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import {
  type DataTestNode,
  eventTimeOf,
  type Manifest,
  type ModelNode,
  type TestArgument,
} from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Rendered } from "../../domain/rendered.ts";
import { authored, type Sql, sql } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { hashOf } from "../../lib/hash.ts";
import { loadQueryReader, type ReadQuery } from "../../sql-syntax/read-query.ts";
import { compileHooks, compileRunHooks, type NodeHooksCompiled } from "./hooks.ts";
import { type Queries, queriesOf } from "./queries.ts";
import { type Narrowed, nodeOf, WHOLE } from "./render.ts";

/** `nodes` may hold anything; seeds and sources have no SQL. */
export const compile = async (
  manifest: Manifest,
  nodes: Iterable<NodeId>,
  run: CompileRun,
  dataTests: DataTests,
): Promise<Outcome<Compiled>> => {
  const found: Diagnostic[] = [];
  const ids = [...nodes];
  const read = ids.some((id) => needsParser(manifest, id)) ? await loadQueryReader() : notLoaded;
  const queries = queriesOf(manifest, run, read, found);
  const later = (id: NodeId): Queries => queriesOf(manifest, withoutNode(run, id), read, found);
  const models = new Map<NodeId, CompiledModel>();
  const tests = new Map<NodeId, CompiledTest>();
  const hooks = await compileHooks(manifest, ids, run, found);
  for (const id of ids) {
    const node = nodeOf(manifest, id);
    if (node.kind === "model") {
      const model = compileModel(node, queries, later, batchInputs(manifest, node, run));
      if (model !== undefined) models.set(id, { ...model, fingerprint: withHooks(model.fingerprint, hooks.get(id)) });
    } else if (node.kind === "snapshot") {
      const whole = queries.whole(node.body, id, WHOLE);
      if (whole !== undefined)
        models.set(id, { id, ...whole, fingerprint: withHooks(whole.fingerprint, hooks.get(id)), later: undefined });
    } else if (node.kind === "data-test") {
      const test = compileTest(node, queries, dataTests);
      if (test !== undefined) tests.set(id, test);
    }
  }
  const onRun = await compileRunHooks(manifest, run, found);
  return outcomeOf(() => ({ startedAt: run.startedAt, models, tests, hooks, onRun }), unrepeated(found));
};

/** Loading it takes longer than compiling a thousand generic tests, which have no query of an author in them. */
const needsParser = (manifest: Manifest, id: NodeId): boolean => {
  const node = nodeOf(manifest, id);
  if (node.kind === "model" || node.kind === "snapshot") return true;
  if (node.kind !== "data-test") return false;
  return node.test.kind === "query" || (manifest.parents.get(id) ?? []).some((parent) => isInlined(manifest, parent));
};

const isInlined = (manifest: Manifest, id: NodeId): boolean => {
  const node = nodeOf(manifest, id);
  return node.kind === "model" && node.config.materialized === "ephemeral";
};

const notLoaded: ReadQuery = () => {
  throw new Error("a query is read that nobody expected");
};

/** What a hook does to a relation is part of what it is. */
const withHooks = (fingerprint: string, hooks: NodeHooksCompiled | undefined): string =>
  hooks === undefined ? fingerprint : hashOf(fingerprint, hooks.fingerprint);

/** Undefined after saying what is wrong. */
const compileModel = (
  { id, body, laterBody }: ModelNode,
  queries: Queries,
  laterQueries: (id: NodeId) => Queries,
  narrowed: Narrowed,
): CompiledModel | undefined => {
  const whole = queries.whole(body, id, narrowed);
  if (laterBody === undefined) return whole === undefined ? undefined : { id, ...whole, later: undefined };
  const later = (narrowed === WHOLE ? laterQueries(id) : queries).whole(laterBody, id, narrowed);
  if (whole === undefined || later === undefined) return undefined;
  return {
    id,
    query: whole.query,
    later: later.query,
    fingerprint: hashOf(whole.fingerprint, later.fingerprint),
    readsLive: [...new Set([...whole.readsLive, ...later.readsLive])].filter((read) => read !== id),
  };
};

/**
 * What a run reads of a microbatch model's inputs through the window of the batch. Its `{{this}}` is what is being made,
 * in which a batch finds those before it. Whoever looks at the model otherwise sees it whole.
 */
const batchInputs = (manifest: Manifest, { body, laterBody, config }: ModelNode, { view }: CompileRun): Narrowed => {
  if (config.incremental.microbatch === undefined || view.kind !== "workspace") return WHOLE;
  const read = [...body.references, ...(laterBody?.references ?? [])].map((reference) => reference.value);
  return new Map(
    read.flatMap((id): (readonly [NodeId, Sql])[] => {
      const column = eventTimeOf(nodeOf(manifest, id));
      return column === undefined ? [] : [[id, withinMarks(column)]];
    }),
  );
};

/** To the query of its new rows a model is what stands on live. */
const withoutNode = (run: CompileRun, id: NodeId): CompileRun => {
  if (run.view.kind !== "workspace") return run;
  const inRun = new Set([...run.view.inRun].filter((other) => other !== id));
  return { ...run, view: { kind: "workspace", inRun } };
};

/** Undefined after saying what is wrong. */
const compileTest = (node: DataTestNode, queries: Queries, dataTests: DataTests): CompiledTest | undefined => {
  const { attachedTo, test, config, column } = node;
  const relation = attachedTo === undefined ? undefined : queries.relationOf(attachedTo);
  if (attachedTo !== undefined && relation === undefined) return undefined;
  const where =
    config.where === undefined ? undefined : authored(config.where.value, { span: config.where.span, calledFrom: [] });
  switch (test.kind) {
    case "query": {
      const query = failingQuery(node, test.body, where, queries);
      return query === undefined
        ? undefined
        : { node, relation, failing: { kind: "query", query }, where, ...OF_ALL_ROWS };
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
      return {
        node,
        relation,
        failing: kind.failingRows({ relation, column, arguments: given, where }),
        where,
        ...OF_ALL_ROWS,
      };
    }
    default:
      return unreachable(test);
  }
};

/** Until a plan says that less will do. */
const OF_ALL_ROWS = { judges: "all rows", proof: undefined } as const;

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

/** A macro that is called a hundred times says what is doubtful about it once. */
const unrepeated = (found: readonly Diagnostic[]): readonly Diagnostic[] => {
  const seen = new Set<string>();
  return found.filter(({ code, message, at, notes }) => {
    const called = notes.length > 0 && at !== undefined;
    const key = [code, message, at?.file.path, at?.start, called ? "" : at?.end].join("\0");
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};
