/**
 * Grows an incremental model from the past to the present, next to its full build: in order, once more with the last
 * rows, and with rows that arrive late. Whatever differs from the full build in the end is a finding.
 */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { NodeId, RelationName } from "../../domain/names.ts";
import type { Span } from "../../domain/source.ts";
import { relation, type Sql, sql } from "../../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../../domain/sqlstate.ts";
import { type Differences, differencesOf } from "./differences.ts";

export type Build = { readonly relation: RelationName; readonly query: Sql };

export type Rehearsal = {
  readonly node: NodeId;
  readonly at: Span;
  readonly key: readonly string[];
  /** All rows at once. */
  readonly full: Build;
  /** The model's own table, as its first build leaves it in the past `first`, and the queries of what came later. */
  readonly inOrder: { readonly first: Sql; readonly later: readonly Sql[] };
  readonly late: { readonly first: Sql; readonly later: Sql };
  readonly grown: RelationName;
  readonly delta: RelationName;
};

/** Builds the rows of a query beside the model's table and applies them to it, as a run would. */
export type Grow = (session: Session, rehearsal: Rehearsal, later: Sql) => Promise<void>;

type ProbeName = "in order" | "replayed" | "late rows";

export type Probe = { readonly name: ProbeName } & (
  | { readonly kind: "same" }
  | { readonly kind: "differs"; readonly differences: Differences }
  | { readonly kind: "failed"; readonly diagnostic: Diagnostic }
);

const SHOWN_ROWS = 10;

export const rehearse = async (session: Session, rehearsal: Rehearsal, grow: Grow): Promise<readonly Probe[]> => {
  const { inOrder, late, full, grown, key } = rehearsal;
  await createTable(session, full.relation, full.query);
  const compare = async (name: ProbeName): Promise<Probe> => {
    const differences = await differencesOf(session, { full: full.relation, other: grown, key, limit: SHOWN_ROWS });
    return differences.missing + differences.extra === 0
      ? { name, kind: "same" }
      : { name, kind: "differs", differences };
  };
  const tried = async (name: ProbeName, act: () => Promise<void>): Promise<Probe> => {
    try {
      await act();
      return await compare(name);
    } catch (error) {
      if (!(error instanceof DatabaseError) || isFatal(error)) throw error;
      return {
        name,
        kind: "failed",
        diagnostic: databaseDiagnostic(error, "check/not-grown", rehearsal.node, rehearsal.at),
      };
    }
  };
  const growAll = async (queries: readonly Sql[]): Promise<void> => {
    for (const query of queries) await grow(session, rehearsal, query);
  };
  const ordered = await tried("in order", async () => {
    await createTable(session, grown, inOrder.first);
    await growAll(inOrder.later);
  });
  const last = inOrder.later.slice(-1);
  const replayed = ordered.kind === "failed" ? [] : [await tried("replayed", () => growAll(last))];
  await drop(session, grown);
  const lateRows = await tried("late rows", async () => {
    await createTable(session, grown, late.first);
    await growAll([late.later]);
  });
  await drop(session, grown);
  await drop(session, full.relation);
  return [ordered, ...replayed, lateRows];
};

/** A loss or a Ctrl-C says nothing about the model. */
const isFatal = ({ sqlstate }: DatabaseError): boolean =>
  isConnectionLoss(sqlstate) || sqlstate === SQLSTATE.queryCanceled;

export const createTable = async (session: Session, name: RelationName, query: Sql): Promise<void> => {
  await session.run(sql`create table ${relation(name)} as\n${query};\nanalyze ${relation(name)}`);
};

const drop = async (session: Session, name: RelationName): Promise<void> => {
  await session.run(sql`drop table if exists ${relation(name)}`);
};
