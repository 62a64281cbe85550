/** Manifest, nodes and a run in; SQL for each of them out, in which every reference has got its meaning in this run. */
import { withinMarks } from "../../domain/batch.ts";
import type { Compiled, CompiledModel, CompiledTest, CompileRun } from "../../domain/compiled.ts";
import type { DataTests } from "../../domain/contracts/data-test.ts";
import { type Diagnostic, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import { eventTimeOf, type Manifest, type ModelNode } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Sql } from "../../domain/sql.ts";
import { hashOf } from "../../lib/hash.ts";
import { loadQueryReader, type ReadQuery } from "../../sql-syntax/read-query.ts";
import { compileHooks, compileRunHooks, type NodeHooksCompiled } from "./hooks.ts";
import { type Queries, queriesOf } from "./queries.ts";
import { type Narrowed, nodeOf, WHOLE } from "./render.ts";
import { compileTest } from "./tests.ts";

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
      const test = compileTest(node, queries, dataTests, manifest, run);
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
