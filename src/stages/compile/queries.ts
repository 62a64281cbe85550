/** Bodies of models and tests in, whole queries out, with the CTEs of the ephemeral models they stand on. */
import type { CompileRun } from "../../domain/compiled.ts";
import type { OpenQuery } from "../../domain/compiled-unit-test.ts";
import { type Diagnostic, errorOf, type Outcome } from "../../domain/diagnostic.ts";
import type { Manifest, ModelNode } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Rendered } from "../../domain/rendered.ts";
import type { Origin } from "../../domain/source.ts";
import { ident, relation, type Sql } from "../../domain/sql.ts";
import { hashOf } from "../../lib/hash.ts";
import { type Cte, mergeCtes, openFor } from "../../sql-syntax/merge-ctes.ts";
import type { Query, ReadQuery } from "../../sql-syntax/read-query.ts";
import { type KnownNames, knownNames, lintNames } from "./lint-names.ts";
import { cteName, derivedTable, type Narrowed, nodeOf, WHOLE, type Written, writeOut } from "./render.ts";
import { resolveReference } from "./resolve-reference.ts";

type WholeQuery = {
  readonly query: Sql;
  readonly fingerprint: string;
  readonly readsLive: readonly NodeId[];
};

export type Queries = {
  /** Undefined after saying what is wrong. `self` is what `{{this}}` means; what is `narrowed` is read through its condition. */
  readonly whole: (body: Rendered, self: NodeId | undefined, narrowed: Narrowed) => WholeQuery | undefined;
  /** Of a unit test: the same query with a place for the CTEs that it is given. */
  readonly open: (body: Rendered, self: NodeId | undefined) => OpenQuery | undefined;
  /** A node, ready to stand in FROM, with or without an alias after it. */
  readonly relationOf: (id: NodeId) => Sql | undefined;
};

type Part = { readonly query: Query; readonly written: Written };

/** Everything found wrong or doubtful goes into `found`, of each ephemeral model once. */
export const queriesOf = (manifest: Manifest, run: CompileRun, read: ReadQuery, found: Diagnostic[]): Queries => {
  let known: KnownNames | undefined;
  const namesKnown = (): KnownNames => {
    known ??= knownNames(manifest);
    return known;
  };
  const parts = new Map<NodeId, Part | undefined>();
  const hasRelation = (id: NodeId | undefined): boolean =>
    id !== undefined && resolveReference(nodeOf(manifest, id), run.view).kind !== "inline";
  const partOf = (body: Rendered, self: NodeId | undefined, narrowed: Narrowed): Part | undefined => {
    const orphan = hasRelation(self) ? undefined : body.pieces.find((piece) => piece.kind === "this");
    if (orphan !== undefined) {
      found.push(thisWithoutRelation(orphan.origin));
      return undefined;
    }
    const written = writeOut(body, self, narrowed, manifest, run);
    const query = taken(read(written.sql), found);
    if (query === undefined) return undefined;
    const lint = lintNames(query.names, written, namesKnown, manifest.target.searchPath);
    found.push(...lint);
    return lint.some((d) => d.severity === "error") ? undefined : { query, written };
  };
  const ephemeral = (id: NodeId): Part | undefined => {
    if (parts.has(id)) return parts.get(id);
    const model = ephemeralModel(manifest, id);
    const part = partOf(model.body, id, WHOLE);
    parts.set(id, part);
    return part;
  };
  /** The ephemeral models that a query stands on, each after those it stands on itself. */
  const ancestors = (written: Written, all: Map<NodeId, Part | undefined>): ReadonlyMap<NodeId, Part | undefined> => {
    for (const id of written.inlined) {
      if (all.has(id)) continue;
      const part = ephemeral(id);
      if (part !== undefined) ancestors(part.written, all);
      all.set(id, part);
    }
    return all;
  };
  const complete = ({ query, written }: Part): WholeQuery | undefined => {
    const above = [...ancestors(written, new Map())];
    const ctes = ctesOf(above, manifest);
    if (ctes === undefined) return undefined;
    const readsLive = new Set(written.readsLive);
    const hashed = [written.unresolved];
    for (const [id, part] of above) {
      for (const node of part?.written.readsLive ?? []) readsLive.add(node);
      hashed.push(id, part?.written.unresolved ?? "");
    }
    return { query: mergeCtes(query, ctes), fingerprint: hashOf(...hashed), readsLive: [...readsLive] };
  };
  const whole: Queries["whole"] = (body, self, narrowed) => {
    const part = partOf(body, self, narrowed);
    return part === undefined ? undefined : complete(part);
  };
  const open: Queries["open"] = (body, self) => {
    const part = partOf(body, self, WHOLE);
    if (part === undefined) return undefined;
    const above = [...ancestors(part.written, new Map())];
    const ctes = ctesOf(above, manifest);
    if (ctes === undefined) return undefined;
    const reads = new Map([part, ...above.map(([, one]) => one)].flatMap((one) => [...(one?.written.fixtures ?? [])]));
    return { query: mergeCtes(part.query, ctes), ...openFor(part.query, ctes), reads };
  };
  const relationOf: Queries["relationOf"] = (id) => {
    const node = nodeOf(manifest, id);
    const meaning = resolveReference(node, run.view);
    if (meaning.kind === "fixture") return ident(meaning.cte);
    if (meaning.kind !== "inline") return relation(meaning.relation);
    const part = ephemeral(id);
    const query = part === undefined ? undefined : complete(part)?.query;
    return query === undefined ? undefined : derivedTable(query, node.name);
  };
  return { whole, open, relationOf };
};

/** Undefined where one of them was wrong, which has been said. */
const ctesOf = (
  above: readonly (readonly [NodeId, Part | undefined])[],
  manifest: Manifest,
): readonly Cte[] | undefined => {
  const ctes = above.flatMap(([id, part]) =>
    part === undefined ? [] : [{ name: cteName(nodeOf(manifest, id)), query: part.query.sql }],
  );
  return ctes.length < above.length ? undefined : ctes;
};

const thisWithoutRelation = ({ span, calledFrom }: Origin): Diagnostic =>
  errorOf("compile/no-relation", "{{this}} means nothing in a query that has no relation of its own", {
    at: span,
    notes: calledFrom.map((at) => ({ message: "called from here", at })),
    help: 'name the relation: {{ref "…"}} or {{source "…" "…"}}',
  });

const ephemeralModel = (manifest: Manifest, id: NodeId): ModelNode => {
  const node = nodeOf(manifest, id);
  if (node.kind !== "model") throw new Error(`${id} is inlined and no model`);
  return node;
};

const taken = <T>(outcome: Outcome<T>, found: Diagnostic[]): T | undefined => {
  found.push(...(outcome.ok ? outcome.warnings : outcome.diagnostics));
  return outcome.ok ? outcome.value : undefined;
};
