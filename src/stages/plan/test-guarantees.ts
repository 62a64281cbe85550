/** Which constraint of the server guarantees that a data test holds, so that no row need be read; undefined: none does. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { ProvedTest } from "../../domain/plan.ts";
import { textOf } from "../../domain/sql.ts";
import type { RelationFacts, TestFacts } from "../../domain/test-facts.ts";
import { statusOf } from "../../domain/threshold.ts";
import { unreachable } from "../../domain/unreachable.ts";

export type Guarantee = Pick<ProvedTest, "by" | "constraint">;

export const guaranteeOf = (test: CompiledTest, facts: RelationFacts | undefined): Guarantee | undefined => {
  // `error_if: "= 0"` is there to fail where nothing is wrong.
  if (facts === undefined || statusOf(test.node.config, 0, 0) !== "pass") return undefined;
  const { failing } = test;
  switch (failing.kind) {
    case "key":
      return keyGuarantee(failing, facts);
    case "parent": {
      const { column, parent, field, among } = failing;
      // A key to the whole parent says nothing of some of its rows.
      if (among !== undefined) return undefined;
      const key = facts.foreignKeys.find(
        (k) => k.to === textOf(parent) && k.columns.length === 1 && k.columns[0] === column && k.toColumns[0] === field,
      );
      return key === undefined ? undefined : byConstraint(key.name);
    }
    case "row":
      return rowGuarantee(test, textOf(failing.predicate), facts);
    case "query":
    case "measured":
    case "screened":
    case "past":
    case "none":
      return undefined;
    default:
      return unreachable(failing);
  }
};

/** What a test compares with is not there: on the first run there is no live, and no run before. */
export const nothingToCompare = (
  { failing, node: { column } }: CompiledTest,
  { relations }: TestFacts,
): Guarantee | undefined => {
  if (failing.kind === "none") return { by: failing.because, constraint: undefined };
  if (failing.kind !== "query" && failing.kind !== "measured") return undefined;
  if (failing.needs === undefined) return undefined;
  const there = relations.get(textOf(failing.needs));
  const isThere = there !== undefined && (column === undefined || there.columns.has(column));
  return isThere ? undefined : { by: "nothing to compare with yet", constraint: undefined };
};

type Key = Extract<CompiledTest["failing"], { kind: "key" }>;

/** A key over fewer columns tells more than is asked. Where NULLs are equal, an index that lets them repeat proves nothing. */
const keyGuarantee = ({ columns, nulls }: Key, { unique, notNull }: RelationFacts): Guarantee | undefined => {
  const found = unique.find(
    (u) =>
      u.columns.length > 0 &&
      u.columns.every((c) => columns.includes(c)) &&
      (nulls === "left out" || u.nullsEqual || u.columns.every((c) => notNull.has(c))),
  );
  if (found === undefined) return undefined;
  return found.isConstraint
    ? byConstraint(found.name)
    : { by: `guaranteed by unique index ${found.name}`, constraint: found.name };
};

const rowGuarantee = (
  { node: { column } }: CompiledTest,
  predicate: string,
  { notNull, checks }: RelationFacts,
): Guarantee | undefined => {
  if (column !== undefined && notNull.has(column) && predicate === `${quoted(column)} is null`)
    return { by: `guaranteed by not null of ${column}`, constraint: notNull.get(column) };
  const check = checks.find(({ expression }) => bare(predicate) === `not${bare(expression)}`);
  return check === undefined ? undefined : byConstraint(check.name);
};

const byConstraint = (name: string): Guarantee => ({ by: `guaranteed by constraint ${name}`, constraint: name });

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The same letters but for blanks and what encloses all: the same condition, written by somebody else. */
const bare = (text: string): string => {
  const [, negated = "", inner = text] = /^\s*(not)\s*([\s\S]*)$/i.exec(text) ?? [];
  let stripped = inner.trim();
  while (isEnclosed(stripped)) stripped = stripped.slice(1, -1).trim();
  return `${negated.toLowerCase()}${stripped.replaceAll(/\s+/g, " ")}`;
};

const isEnclosed = (text: string): boolean => {
  if (!text.startsWith("(") || !text.endsWith(")")) return false;
  let depth = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (text[i] === "'" || text[i] === '"') return false;
    depth += text[i] === "(" ? 1 : text[i] === ")" ? -1 : 0;
    if (depth === 0) return false;
  }
  return true;
};
