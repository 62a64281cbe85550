/** Data tests with `enforce: true` in, the constraints that stand for them out: to make one is to have passed the test. */
import type { Threshold } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { DataTestNode } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { NamingConstraint } from "./constraints.ts";
import type { LinkedTest } from "./generic-tests.ts";
import type { ToName } from "./object-names.ts";

/** Of folders and of the project it is asked where it can be had; a test that asks for it itself is told why it cannot. */
export const withEnforced = (
  relations: readonly ToName[],
  tests: readonly LinkedTest[],
  found: Diagnostic[],
): readonly ToName[] => {
  const asked = tests.map((t) => t.node).filter((node) => node.config.enforce !== undefined);
  if (asked.length === 0) return relations;
  const constraints = new Map(relations.map((r) => [r.node.id, [...r.constraints]]));
  const holders = new Map(relations.filter(holdsConstraints).map((r) => [r.node.id, r]));
  // Keys first: a foreign key needs one to refer to.
  const isParent = (node: DataTestNode): boolean => node.test.kind === "generic" && node.test.name === "relationships";
  for (const node of [...asked.filter((n) => !isParent(n)), ...asked.filter(isParent)]) {
    const made = node.attachedTo === undefined ? undefined : constraints.get(node.attachedTo);
    const constraint = constraintOf(node, holders, constraints);
    if (typeof constraint === "string") {
      if (node.config.enforce?.at.file === node.at.file) found.push(notEnforceable(node, constraint));
    } else if (made !== undefined && !made.some((c) => isSame(c.constraint, constraint)))
      made.push({ written: undefined, constraint: constraint });
  }
  return relations.map((r) => ({ ...r, constraints: constraints.get(r.node.id) ?? r.constraints }));
};

const holdsConstraints = ({ node }: ToName): boolean =>
  node.kind === "seed" ||
  (node.kind === "model" && (node.config.materialized === "table" || node.config.materialized === "incremental"));

type Unnamed = NamingConstraint["constraint"];
type Holders = ReadonlyMap<NodeId, ToName>;
type All = ReadonlyMap<NodeId, readonly NamingConstraint[]>;

/** Or why there is none. */
const constraintOf = (
  { config, test, column, attachedTo, at: span }: DataTestNode,
  holders: Holders,
  all: All,
): Unnamed | string => {
  if (attachedTo === undefined || !holders.has(attachedTo)) return "only tables that Galley builds have constraints";
  if (config.severity === "warn") return "a constraint cannot be violated, and severity is warn";
  if (config.where !== undefined) return "a constraint holds for all rows, and the test has a `where`";
  if (config.failCalc !== undefined) return "a constraint counts no failures, and the test has a `fail_calc`";
  if (!forbidsAny(config.errorIf)) return "a constraint lets no row fail, and `error_if` does";
  if (test.kind !== "generic" || column === undefined) return NO_CONSTRAINT;
  switch (test.name) {
    case "not_null":
      return { kind: "not_null", column, span };
    case "unique":
      return { kind: "unique", columns: [column], span };
    case "relationships": {
      const [to, field] = [test.arguments.get("to"), test.arguments.get("field")];
      if (to?.kind !== "reference" || field?.kind !== "value" || !holders.has(to.node))
        return "a foreign key is enforced between tables that Galley builds; towards others declare it as a constraint";
      const toColumn = String(field.value);
      const hasKey = (all.get(to.node) ?? []).some(({ constraint: c }) => isKey(c) && c.columns.join() === toColumn);
      if (!hasKey)
        return `a foreign key needs a unique key on \`${toColumn}\` of the other table: enforce its \`unique\` too`;
      return { kind: "foreign_key", columns: [column], to: to.node, toColumns: [toColumn], span };
    }
    default:
      return NO_CONSTRAINT;
  }
};

const NO_CONSTRAINT =
  "only unique, not_null and relationships are enforced; for others declare a constraint of type check";

const forbidsAny = ({ operator, value }: Threshold): boolean => value === 0 && (operator === ">" || operator === "!=");

const isKey = (c: Unnamed): c is Extract<Unnamed, { kind: "unique" | "primary_key" }> =>
  c.kind === "unique" || c.kind === "primary_key";

/** What is declared already is not made twice. */
const isSame = (one: Unnamed, other: Unnamed): boolean => {
  if (isKey(one) && isKey(other)) return one.columns.join() === other.columns.join();
  if (one.kind === "not_null" && other.kind === "not_null") return one.column === other.column;
  return (
    one.kind === "foreign_key" &&
    other.kind === "foreign_key" &&
    one.to === other.to &&
    one.columns.join() === other.columns.join() &&
    one.toColumns.join() === other.toColumns.join()
  );
};

const notEnforceable = ({ name, config, at }: DataTestNode, help: string): Diagnostic =>
  errorOf("link/cannot-enforce", `\`${name}\` cannot be enforced`, { at: config.enforce?.at ?? at, help });
