/**
 * What a test that needs the past rebuilt is decided by. Whoever runs tests is handed the prover, as it is handed a
 * database, and knows nothing of how the past is made.
 */

import { hashOf } from "../lib/hash.ts";
import type { CompiledTest } from "./compiled.ts";
import type { Session } from "./contracts/database.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Node } from "./manifest.ts";
import { byteLength, MAX_NAME_BYTES } from "./names.ts";
import type { Sql } from "./sql.ts";

/** The kind of these tests. */
export const POINT_IN_TIME = "point_in_time";

/** Beside a column's value in the full build stands that of the build to which the future was unknown, under this name. */
export const unknownName = (column: string): string => {
  const name = `${column}_future_unknown`;
  return byteLength(name) <= MAX_NAME_BYTES ? name : hashOf(name).slice(0, 32);
};

export const isPastTest = (node: Node | undefined): boolean =>
  node?.kind === "data-test" && node.test.kind === "generic" && node.test.name === POINT_IN_TIME;

/** Such a test is no statement: it goes to the prover. */
export const isOfPast = ({ failing }: Pick<CompiledTest, "failing">): boolean => failing.kind === "past";

export type PastProof = {
  readonly test: CompiledTest;
  /** `leak`: rows knew what was not known at their time. `doubt`: it is neither right nor wrong by what was looked at. */
  readonly verdict: "leak" | "doubt" | "none";
  /** Of a leak or a doubt: one sentence. */
  readonly because: string | undefined;
  /** Lines about columns, in the words of a report. */
  readonly findings: readonly string[];
  /** How many rows differ, at least; the query counts them where there is one. */
  readonly differing: number;
  /** Rows compared: at the cut-off that is shown, else at all of them. */
  readonly rows: number;
  /** As a person would say it. */
  readonly decidedBy: string;
  /** The rows that differ, for as long as the prover's relations stand. */
  readonly failing: FailingPast | undefined;
};

type FailingPast = {
  readonly query: Sql;
  /** To be shown right after the key. */
  readonly tested: readonly string[];
};

type PastRequest = { readonly tests: readonly CompiledTest[]; readonly signal: AbortSignal };

export type PastAnswer =
  | { readonly kind: "proof"; readonly proof: PastProof; readonly session: Session }
  /** The past may not be rebuilt here. */
  | { readonly kind: "not proved"; readonly tests: readonly CompiledTest[]; readonly because: string }
  /** They could not be evaluated. */
  | { readonly kind: "refused"; readonly tests: readonly CompiledTest[]; readonly diagnostics: readonly Diagnostic[] };

/** Each test is answered once, while what it compared still stands. Throws DatabaseError, and the signal's reason. */
export type ProvePast = (request: PastRequest, answer: (found: PastAnswer) => Promise<void>) => Promise<void>;
