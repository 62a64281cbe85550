/** A rendered template in, its SQL in this run out: every reference has got its name, ephemeral ones that of their CTE. */
import type { CompileRun, Resolution } from "../../domain/compiled.ts";
import { isTest, type Manifest, type Node } from "../../domain/manifest.ts";
import { byteLength, cutToBytes, MAX_NAME_BYTES, type NodeId } from "../../domain/names.ts";
import type { Rendered, RunFact } from "../../domain/rendered.ts";
import type { Origin } from "../../domain/source.ts";
import { ident, quoteLiteral, relation, type Sql, type SqlPiece, sql, sqlOf, textOf } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { hashOf } from "../../lib/hash.ts";
import { resolveReference } from "./resolve-reference.ts";

export type Written = {
  readonly sql: Sql;
  /** Offsets at which references stand: the relations there are not the author's naming. */
  readonly referenceOffsets: ReadonlySet<number>;
  /** The text with node ids in place of relation names, and without this run's time: what the fingerprint is made of. */
  readonly unresolved: string;
  readonly readsLive: readonly NodeId[];
  /** Ephemeral models referred to. */
  readonly inlined: readonly NodeId[];
  /** What a unit test is given, by the name of its CTE. */
  readonly fixtures: ReadonlyMap<NodeId, string>;
};

/** Relations that are read through a condition: a test's `where`, the window of a batch. */
export type Narrowed = ReadonlyMap<NodeId, Sql>;

export const WHOLE: Narrowed = new Map();

/** `self` is what `{{this}}` means; undefined where it means nothing, which the caller has seen to. */
export const writeOut = (
  body: Rendered,
  self: NodeId | undefined,
  narrowed: Narrowed,
  manifest: Manifest,
  run: CompileRun,
): Written => {
  const pieces: SqlPiece[] = [];
  const referenceOffsets = new Set<number>();
  const readsLive = new Set<NodeId>();
  const inlined = new Set<NodeId>();
  const fixtures = new Map<NodeId, string>();
  const unresolved: string[] = [];
  let offset = 0;
  const push = (piece: SqlPiece, mark: string): void => {
    pieces.push(piece);
    offset += piece.text.length;
    unresolved.push(mark);
  };
  const pushRelation = (id: NodeId, origin: Origin): void => {
    const node = nodeOf(manifest, id);
    const meaning = resolveReference(node, run.view);
    if (meaning.kind === "live") readsLive.add(id);
    if (meaning.kind === "inline") inlined.add(id);
    if (meaning.kind === "fixture") fixtures.set(id, meaning.cte);
    const named: SqlPiece = { text: textOf(nameOf(node, meaning)), origin, isSecret: false };
    const where = narrowed.get(id);
    const whole =
      meaning.kind === "fixture"
        ? derivedTable(sql`select * from ${sqlOf([named])}`, calledOf(node)).pieces
        : where === undefined
          ? [named]
          : throughWhere(named, where, calledOf(node)).pieces;
    for (const piece of whole) {
      if (piece === named) referenceOffsets.add(offset);
      push(piece, piece === named ? `\0${id}\0` : piece.text);
    }
  };
  for (const piece of body.pieces) {
    switch (piece.kind) {
      case "text":
        push({ text: piece.text, origin: piece.origin, isSecret: piece.isSecret }, piece.text);
        break;
      case "reference":
        pushRelation(piece.node, piece.origin);
        break;
      case "this":
        if (self === undefined) throw new Error("{{this}} without a node");
        pushRelation(self, piece.origin);
        break;
      case "run-fact":
        push({ text: runFact(piece.fact, run), origin: piece.origin, isSecret: false }, `\0${piece.fact}\0`);
        break;
      default:
        unreachable(piece);
    }
  }
  return {
    sql: sqlOf(pieces),
    referenceOffsets,
    unresolved: unresolved.join(""),
    readsLive: [...readsLive],
    inlined: [...inlined],
    fixtures,
  };
};

const nameOf = (node: Node, meaning: Resolution): Sql => {
  if (meaning.kind === "inline") return ident(cteName(node));
  return meaning.kind === "fixture" ? ident(meaning.cte) : relation(meaning.relation);
};

/** The name by which an author who gives no alias calls its columns. */
const calledOf = (node: Node): string =>
  isTest(node) || (node.kind === "model" && node.config.materialized === "ephemeral") ? node.name : node.relation.name;

const throughWhere = (named: SqlPiece, where: Sql, name: string): Sql =>
  derivedTable(sql`select * from ${sqlOf([named])} where (\n${where}\n)`, name);

/**
 * Joined with one row of no columns: a join in parentheses takes an alias and, unlike a subquery before 16, needs none.
 * Without one its parts are seen from outside, so the row has a name of its own.
 */
export const derivedTable = (query: Sql, name: string): Sql =>
  sql`((\n${query}\n) as ${ident(name)} cross join (select) as ${ident(cutToBytes(`one row: ${name}`, MAX_NAME_BYTES))})`;

/** A longer name would be cut by the server, and two that begin alike would be one. */
export const cteName = ({ name }: Node): string => {
  const whole = `__galley__cte__${name}`;
  return byteLength(whole) <= MAX_NAME_BYTES ? whole : `__galley__cte__${hashOf(name).slice(0, 32)}`;
};

export const nodeOf = (manifest: Manifest, id: NodeId): Node => {
  const node = manifest.nodes.get(id);
  if (node === undefined) throw new Error(`${id} is not in the manifest`);
  return node;
};

const runFact = (fact: RunFact, run: CompileRun): string => {
  switch (fact) {
    case "run_started_at":
      return `${quoteLiteral(run.startedAt.toISOString())}::timestamptz`;
    case "invocation_id":
      return `${quoteLiteral(run.invocationId)}::uuid`;
    case "run_outcome":
      // Known when the run has ended, and the plan is made before.
      return "pg_catalog.current_setting('galley.run_outcome')";
    default:
      return unreachable(fact);
  }
};
