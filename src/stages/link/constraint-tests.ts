/** From the constraints of something that cannot have any (a view, an ephemeral model) to data tests that judge the same. */
import { type Diagnostic, warningOf } from "../../domain/diagnostic.ts";
import type { DataTestNode, TestArgument } from "../../domain/manifest.ts";
import { type NodeId, nodeId } from "../../domain/names.ts";
import type { Project } from "../../domain/project.ts";
import type { RenderedPiece } from "../../domain/rendered.ts";
import type { Located, Origin } from "../../domain/source.ts";
import { quoteIdentifier } from "../../domain/sql.ts";
import { dataTestConfig } from "./configs.ts";
import type { NamingConstraint } from "./constraints.ts";
import { readFailures } from "./failures-config.ts";
import type { LinkedTest, Tested } from "./generic-tests.ts";
import { mergeLayers } from "./layers.ts";
import { testName } from "./test-names.ts";

type OfProject = Pick<Project<unknown>, "name" | "settings">;

export const testsOfConstraints = (
  constraints: readonly NamingConstraint[],
  tested: Tested,
  materialized: string,
  project: OfProject,
  found: Diagnostic[],
): readonly LinkedTest[] =>
  constraints.flatMap(({ written, constraint }) => {
    found.push(
      warningOf("link/constraint-on-view", `${constraint.kind} of \`${tested.name}\` becomes a data test`, {
        at: constraint.span,
        help: `${TITLES[materialized] ?? materialized} has no constraints; write it as a data test, or make the model a table`,
      }),
    );
    return judging(constraint, tested).map((part) => linked(part, written, constraint, tested, project));
  });

const TITLES: Readonly<Record<string, string>> = {
  view: "a view",
  materialized_view: "a materialized view",
  ephemeral: "an ephemeral model",
  snapshot: "a snapshot, whose table is never made anew,",
};

type Part = {
  readonly suffix: string;
  readonly column: string | undefined;
  readonly test: DataTestNode["test"];
  readonly references: readonly Located<NodeId>[];
};

const judging = (constraint: NamingConstraint["constraint"], tested: Tested): readonly Part[] => {
  switch (constraint.kind) {
    case "not_null":
      return [generic("not_null", constraint.column, new Map())];
    case "unique":
      return [uniqueTest(constraint.columns, constraint, tested)];
    case "primary_key":
      return [
        uniqueTest(constraint.columns, constraint, tested),
        ...constraint.columns.map((column) => generic("not_null", column, new Map())),
      ];
    case "check":
      return [query("check", tested, constraint, [" where not (\n", constraint.expression, "\n)"])];
    case "foreign_key":
      return [foreignKeyTest(constraint, tested)];
  }
};

const generic = (name: string, column: string, given: ReadonlyMap<string, TestArgument>): Part => ({
  suffix: name,
  column,
  test: { kind: "generic", name, arguments: given },
  references: [...given.values()].flatMap((a) => (a.kind === "reference" ? { value: a.node, span: a.span } : [])),
});

type Placed = { readonly span: Origin["span"] };

const uniqueTest = (columns: readonly string[], at: Placed, tested: Tested): Part => {
  const [only] = columns;
  if (only !== undefined && columns.length === 1) return generic("unique", only, new Map());
  const names = columns.map(quoteIdentifier);
  const filled = names.map((n) => `${n} is not null`).join(" and ");
  const start = `select ${names.join(", ")}, count(*) as n_records from `;
  const end = ` where ${filled} group by ${names.join(", ")} having count(*) > 1`;
  return { ...query("unique", tested, at, [end], start), suffix: `unique_${columns.join("__")}` };
};

const foreignKeyTest = (
  constraint: Extract<NamingConstraint["constraint"], { kind: "foreign_key" }>,
  tested: Tested,
): Part => {
  const { columns, to, toColumns, span } = constraint;
  const [column, field] = [columns[0], toColumns[0]];
  if (column !== undefined && field !== undefined && columns.length === 1)
    return generic(
      "relationships",
      column,
      new Map<string, TestArgument>([
        ["to", { kind: "reference", node: to, span }],
        ["field", { kind: "value", value: field, span }],
      ]),
    );
  const filled = columns.map((c) => `c.${quoteIdentifier(c)} is not null`).join(" and ");
  const equal = columns
    .map((c, i) => `p.${quoteIdentifier(toColumns[i] ?? c)} = c.${quoteIdentifier(c)}`)
    .join(" and ");
  const part = query(
    `foreign_key_${columns.join("__")}`,
    tested,
    constraint,
    [` as c where ${filled} and not exists (select from `, { node: to }, ` as p where ${equal})`],
    "select c.* from ",
  );
  return { ...part, references: [...part.references, { value: to, span }] };
};

type Fragment = string | Located<string> | { readonly node: NodeId };

/** `start`, the tested relation, then the rest: text of ours, text of the author's with its place, or a node. */
const query = (
  suffix: string,
  tested: Tested,
  { span }: Placed,
  rest: readonly Fragment[],
  start = "select * from ",
): Part => {
  const origin: Origin = { span, calledFrom: [] };
  const pieceOf = (part: Fragment): RenderedPiece => {
    if (typeof part === "string") return { kind: "text", text: part, origin, isSecret: false };
    if ("node" in part) return { kind: "reference", node: part.node, origin };
    return { kind: "text", text: part.value, origin: { span: part.span, calledFrom: [] }, isSecret: false };
  };
  const self: RenderedPiece = { kind: "reference", node: tested.id, origin };
  const pieces = [pieceOf(start), self, ...rest.map(pieceOf)];
  const references = [{ value: tested.id, span }];
  return {
    suffix,
    column: undefined,
    test: { kind: "query", name: undefined, body: { pieces, references } },
    references,
  };
};

const linked = (
  part: Part,
  written: Located<string> | undefined,
  { span }: Placed,
  tested: Tested,
  project: OfProject,
): LinkedTest => {
  const name = nameOf(part, written, tested);
  const config = {
    ...dataTestConfig(mergeLayers([]), undefined, []),
    failures: readFailures(project.settings.failures?.value, []),
  };
  return {
    references: [{ value: tested.id, span }, ...part.references],
    node: {
      kind: "data-test",
      id: nodeId(`test.${project.name}.${name}`),
      name,
      path: span.file.path,
      fqn: [...tested.folders, name],
      tags: [],
      description: "",
      at: span,
      config,
      attachedTo: tested.id,
      column: part.column,
      test: part.test,
    },
  };
};

const nameOf = (part: Part, written: Located<string> | undefined, tested: Tested): string => {
  const isMain = part.suffix !== "not_null";
  if (written !== undefined && isMain) return written.value;
  if (part.column === undefined) return `${part.suffix}_${tested.name}`;
  const given = { column_name: part.column };
  return testName({ kind: part.suffix, of: tested.name, isOfSource: tested.isSource, arguments: given });
};
