/** Sources in; each held against its photographs in one snapshot, and then photographed itself. */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { SourceNode } from "../../../domain/manifest.ts";
import { relationKey } from "../../../domain/names.ts";
import type { HistoryColumn, HistoryCoverage } from "../../../domain/source-history.ts";
import { ident, joinSql, literal, relation, sql, textOf } from "../../../domain/sql.ts";
import { readKey } from "../known/read-columns.ts";
import { isTimed, readRules } from "../known/read-rules.ts";
import type { PlacedSource, RuledSource } from "../known/ruled-source.ts";
import { compareSql } from "./compare-sql.ts";
import { concludeHistory } from "./conclude-history.ts";
import { type Photographs, readPhotographs } from "./photographs.ts";
import { PLAIN_TEXTS } from "./plain-texts.ts";
import { takePhotograph } from "./take-photograph.ts";
import { type WatchedSource, watch } from "./watched-source.ts";

export type HistoryRequest = {
  /** Those to be looked at. */
  readonly sources: readonly SourceNode[];
  /** All of the project: one may take its time from another. */
  readonly all: readonly SourceNode[];
  readonly bookkeeping: string;
  readonly runId: string;
  readonly share: number;
  /** How many photographs are kept; undefined: none is taken. */
  readonly keep: number | undefined;
  readonly tell: (message: string) => void;
};

export type CheckedHistory = {
  readonly columns: readonly HistoryColumn[];
  readonly coverage: readonly HistoryCoverage[];
  /** Nobody said when anything of these is known. */
  readonly undeclared: readonly SourceNode[];
  /** No key tells their rows apart. */
  readonly keyless: readonly SourceNode[];
};

type Watched = { readonly source: WatchedSource; readonly photographs: Photographs };

export const checkHistory = async (session: Session, request: HistoryRequest): Promise<Outcome<CheckedHistory>> => {
  const { sources, share, keep } = request;
  const isDeclared = (node: SourceNode): boolean => isTimed(node) || node.config.availability.isConstant;
  const compared = await inOneSnapshot(session, async () => {
    const found = await watchAll(session, request, sources.filter(isDeclared));
    if (!found.ok) return found;
    const { watched, keyless } = found.value;
    const columns: HistoryColumn[] = [];
    const coverage: HistoryCoverage[] = [];
    for (const { source, photographs } of watched) {
      const [row = {}] = await session.rows(
        compareSql(source, { ...request, isFirst: photographs.outdated !== undefined }),
      );
      const { columns: verdicts, rows, announced } = concludeHistory(source, photographs, row);
      columns.push(...verdicts);
      const { node } = source.ruled;
      const facts = {
        node: node.id,
        relation: relationKey(node.relation),
        rows,
        announced,
        isKept: keep !== undefined,
      };
      const { count, since } = photographs;
      coverage.push({ ...facts, photographs: count, since, sample: share < 1 ? share : undefined });
    }
    return ok({ watched, checked: { columns, coverage, undeclared: sources.filter((s) => !isDeclared(s)), keyless } });
  });
  if (!compared.ok) return compared;
  const { watched, checked } = compared.value;
  if (keep !== undefined)
    for (const { source, photographs } of watched)
      await takePhotograph(session, source, { ...request, keep, beginsAnew: photographs.outdated !== undefined });
  return ok(checked);
};

const inOneSnapshot = async <T>(session: Session, work: () => Promise<T>): Promise<T> => {
  await session.run(sql`begin isolation level repeatable read read only; ${PLAIN_TEXTS}`);
  try {
    return await work();
  } finally {
    await session.run(sql`rollback`);
  }
};

const watchAll = async (
  session: Session,
  { all, bookkeeping, tell }: HistoryRequest,
  declared: readonly SourceNode[],
): Promise<Outcome<{ readonly watched: readonly Watched[]; readonly keyless: readonly SourceNode[] }>> => {
  const found: Diagnostic[] = [];
  const watched: Watched[] = [];
  const keyless: SourceNode[] = [];
  const parents = new Map(
    all.map((node): [string, PlacedSource] => [node.name, { node, relation: node.relation, key: [] }]),
  );
  for (const node of declared) {
    const ruled = await ruledOf(session, node, parents);
    if (!ruled.ok) found.push(...ruled.diagnostics);
    else if (ruled.value.key.length === 0) keyless.push(node);
    else {
      const source = watch(ruled.value);
      const photographs = await readPhotographs(session, bookkeeping, source);
      const { outdated } = photographs;
      if (outdated !== undefined) tell(`the photographs of ${node.id} begin anew: ${outdated}`);
      watched.push({ source, photographs });
    }
  }
  return found.length > 0 ? failed(...found) : ok({ watched, keyless });
};

const ruledOf = async (
  session: Session,
  node: SourceNode,
  parents: ReadonlyMap<string, PlacedSource>,
): Promise<Outcome<RuledSource>> => {
  const parent = parents.get(`${node.sourceName}.${node.config.availability.parent?.table.value}`);
  for (const { id, relation: name, at } of [node, ...(parent === undefined ? [] : [parent.node])]) {
    const [row] = await session.rows(sql`select to_regclass(${literal(textOf(relation(name)))}) is null as gone`);
    if (row?.["gone"] === "t")
      return failed(
        errorOf("check/no-source", `${id}: ${relationKey(name)} is not there`, {
          at,
          help: "is it loaded on this target?",
        }),
      );
  }
  try {
    const ruled = await readRules(
      session,
      { node, relation: node.relation, key: await readKey(session, node.relation) },
      parents,
    );
    return ruled.ok ? await withOneParent(session, ruled.value) : ruled;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return failed(databaseDiagnostic(error, "execute/sql-error", node.id, node.at));
  }
};

/** Of two parents of a row it would not be known which has its time. */
const withOneParent = async (session: Session, ruled: RuledSource): Promise<Outcome<RuledSource>> => {
  const { parent, node } = ruled;
  if (parent === undefined) return ok(ruled);
  const on = joinSql(
    parent.on.map((c) => ident(c.parent)),
    sql`, `,
  );
  const twice = await session.rows(
    sql`select 1 as twice from ${relation(parent.relation)} group by ${on} having count(*) > 1 limit 1`,
  );
  if (twice.length === 0) return ok(ruled);
  const names = parent.on.map((c) => c.parent).join(", ");
  return failed(
    errorOf("check/bad-time", `${node.id}: ${relationKey(parent.relation)} has several rows of one ${names}`, {
      at: node.at,
      help: "its event_time is taken from one row of that table: let `on` name what tells those apart",
    }),
  );
};
