/** Linked hooks in; their statements in this run out, in which every reference has got its meaning. */
import type { CompiledHooks, CompileRun } from "../../domain/compiled.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { CompiledHook, Hook, RunHooks } from "../../domain/hooks.ts";
import { type BuiltNode, isBuilt, type Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import { hashOf } from "../../lib/hash.ts";
import { loadStatementReader, type ReadStatements } from "../../sql-syntax/read-statements.ts";
import { nodeOf, WHOLE, writeOut } from "./render.ts";

export type NodeHooksCompiled = CompiledHooks & {
  /** What the node's fingerprint takes in: it is built again when its hooks change. */
  readonly fingerprint: string;
};

/** Of the nodes among `ids` that have any. What is wrong goes into `found`. */
export const compileHooks = async (
  manifest: Manifest,
  ids: Iterable<NodeId>,
  run: CompileRun,
  found: Diagnostic[],
): Promise<ReadonlyMap<NodeId, NodeHooksCompiled>> => {
  const hooked = [...ids].flatMap((id): readonly BuiltNode[] => {
    const node = nodeOf(manifest, id);
    return isBuilt(node) && node.hooks.pre.length + node.hooks.post.length > 0 ? [node] : [];
  });
  if (hooked.length === 0) return new Map();
  const context: Context = { manifest, run, read: await loadStatementReader(), found };
  return new Map(hooked.map((node) => [node.id, ofNode(node, context)]));
};

/** All that they name means live: nothing is built yet, or all has been published. */
export const compileRunHooks = async (
  manifest: Manifest,
  run: CompileRun,
  found: Diagnostic[],
): Promise<RunHooks<CompiledHook>> => {
  const { start, end } = manifest.onRun;
  if (start.length + end.length === 0) return { start: [], end: [] };
  const live: CompileRun = { ...run, view: { kind: "live" } };
  const context: Context = { manifest, run: live, read: await loadStatementReader(), found };
  const all = (hooks: readonly Hook[]) => hooks.flatMap((hook) => compileHook(hook, undefined, context)?.hook ?? []);
  return { start: all(start), end: all(end) };
};

type Context = {
  readonly manifest: Manifest;
  readonly run: CompileRun;
  readonly read: ReadStatements;
  readonly found: Diagnostic[];
};

const ofNode = ({ id, hooks }: BuiltNode, context: Context): NodeHooksCompiled => {
  const all = (written: readonly Hook[]) => written.flatMap((hook) => compileHook(hook, id, context) ?? []);
  const pre = all(hooks.pre);
  const post = all(hooks.post);
  const both = [...pre, ...post];
  return {
    pre: pre.map(({ hook }) => hook),
    post: post.map(({ hook }) => hook),
    readsLive: [...new Set(both.flatMap(({ readsLive }) => readsLive))],
    fingerprint: hashOf(...both.map(({ hook, unresolved }) => `${hook.isInTransaction} ${unresolved}`)),
  };
};

type One = { readonly hook: CompiledHook; readonly unresolved: string; readonly readsLive: readonly NodeId[] };

/** Undefined after saying what is wrong. */
const compileHook = (hook: Hook, self: NodeId | undefined, context: Context): One | undefined => {
  const { manifest, run, read, found } = context;
  const written = writeOut(hook.body, self, WHOLE, manifest, run);
  for (const id of written.inlined) found.push(ephemeralInHook(hook, id, manifest));
  const statements = read(written.sql);
  found.push(...(statements.ok ? statements.warnings : statements.diagnostics));
  if (!statements.ok || written.inlined.length > 0) return undefined;
  const { isInTransaction, at } = hook;
  return {
    hook: { statements: statements.value, isInTransaction, at },
    unresolved: written.unresolved,
    readsLive: written.readsLive,
  };
};

const ephemeralInHook = ({ body, at }: Hook, id: NodeId, manifest: Manifest): Diagnostic =>
  errorOf(
    "config/hook",
    `the hook refers to \`${nodeOf(manifest, id).name}\`, which is ephemeral and has no relation`,
    {
      at: body.references.find((r) => r.value === id)?.span ?? at,
      help: "refer to a model that is built, or materialize this one as a view",
    },
  );
