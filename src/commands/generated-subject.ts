/** A model in; its columns as they stand, and all that it reads with the columns that matter, out, or why no test can be made. */
import { DatabaseError, type DescribedColumn, type Session } from "../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { isTest, keyOf, type Manifest, type ModelNode, type RelationNode } from "../domain/manifest.ts";
import { relationKey } from "../domain/names.ts";
import { personalColumns } from "../domain/personal.ts";
import { relation, type Sql, sql } from "../domain/sql.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { compile } from "../stages/compile/compile.ts";
import { describeEach } from "../stages/execute/unit/columns.ts";
import type { Standing } from "../stages/generate/pick-rows.ts";
import { columnsRead, unsteadyIn } from "../stages/generate/query-facts.ts";
import { inputForm, inputsRead } from "../stages/link/unit-test-inputs.ts";
import type { CommandContext } from "./context.ts";
import { liveRun } from "./live-run.ts";

type SubjectInput = Standing & {
  /** `ref('orders')` */
  readonly form: string;
  /** The columns that a test says: those that the query reads, without personal data. */
  readonly written: ReadonlySet<string>;
};

export type Subject = { readonly columns: readonly DescribedColumn[]; readonly inputs: readonly SubjectInput[] };

export const readSubject = async (
  context: CommandContext,
  manifest: Manifest,
  model: ModelNode,
  session: Session,
): Promise<Outcome<Subject>> => {
  const compiled = await compile(manifest, [model.id], liveRun(context), dataTests);
  if (!compiled.ok) return compiled;
  const query = compiled.value.models.get(model.id)?.query ?? sql``;
  const [unsteady] = await unsteadyIn(query);
  if (unsteady !== undefined)
    return failed(refusal(model, `it asks for \`${unsteady}\`, and would fail on another day`, STEADY));
  const nodes = inputsOf(manifest, model);
  const described = await describeEach(
    session,
    [model, ...nodes].map(({ relation: name }) => sql`select * from ${relation(name)}`),
  );
  const refused = [model, ...nodes].flatMap((node, i) => {
    const answer = described[i];
    return answer === undefined || answer instanceof DatabaseError ? [{ node, answer }] : [];
  });
  if (refused.length > 0) return failed(notStanding(model, refused));
  const columnsAt = (i: number): readonly DescribedColumn[] => {
    const answer = described[i];
    return answer === undefined || answer instanceof DatabaseError ? [] : answer;
  };
  const inputs = await Promise.all(nodes.map((node, i) => inputOf(manifest, node, columnsAt(i + 1), query)));
  return ok({ columns: columnsAt(0), inputs });
};

/** Through ephemeral models, which have no rows of their own. */
const inputsOf = (manifest: Manifest, model: ModelNode): readonly RelationNode[] => {
  const subject = { model: model.id, body: model.body, ephemerals: new Map(), startedAt: undefined, isShared: true };
  return [...inputsRead(subject, new Set(), manifest.nodes)].flatMap((id) => {
    const node = manifest.nodes.get(id);
    return node === undefined || isTest(node) || id === model.id ? [] : [node];
  });
};

const inputOf = async (
  manifest: Manifest,
  node: RelationNode,
  columns: readonly DescribedColumn[],
  query: Sql,
): Promise<SubjectInput> => {
  const names = new Set(columns.map(({ name }) => name));
  const personal = personalColumns(node);
  const read = await columnsRead(query, { ...node.relation, columns: names });
  return {
    form: inputForm(node.id, manifest.nodes),
    relation: node.relation,
    columns,
    key: keyOf(node),
    written: new Set([...read].filter((name) => !personal.has(name))),
  };
};

type Refused = { readonly node: RelationNode; readonly answer: DatabaseError | undefined };

const notStanding = (model: ModelNode, refused: readonly Refused[]): Diagnostic => {
  const broken = refused.find(({ answer }) => !MISSING.includes(answer?.sqlstate ?? ""));
  const names = refused.map(({ node }) => relationKey(node.relation)).join(", ");
  const because =
    broken === undefined
      ? `${names} ${refused.length === 1 ? "is" : "are"} not in the database`
      : `${relationKey(broken.node.relation)} cannot be read: ${broken.answer?.message}`;
  return refusal(model, because, `build it first: galley build --select +${model.name}`);
};

/** Of a table, of its schema. */
const MISSING = ["42P01", "3F000"];

export const refusal = (model: ModelNode, because: string, help: string): Diagnostic =>
  errorOf("cli/no-unit-test", `no unit test can be made of \`${model.name}\`: ${because}`, { at: model.at, help });

export const STEADY = "a time comes from {{run_started_at}}, which a unit test can set; chance has no place in a model";
