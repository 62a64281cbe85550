/** `galley test generate`: a unit test of a model from rows that stand in the database, written once it has passed. Reads only. */
import { access, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import type { DescribedColumn, Session } from "../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import { keyOf, type Manifest, type ModelNode } from "../domain/manifest.ts";
import { personalColumns } from "../domain/personal.ts";
import type { Rendered } from "../domain/rendered.ts";
import type { RowDifferences } from "../domain/unit-test.ts";
import { suggest } from "../lib/suggest.ts";
import { type UnitTestText, unitTestText } from "../stages/generate/case-text.ts";
import { pickRows } from "../stages/generate/pick-rows.ts";
import type { GeneratedTest } from "./answers.ts";
import type { Command, CommandContext } from "./context.ts";
import { type Asking, type AskingRun, askCase } from "./generated-case.ts";
import { readSubject, refusal, STEADY, type Subject } from "./generated-subject.ts";
import type { GenerateInput } from "./inputs.ts";
import { type OpenProject, openProject, refusedWith, tell } from "./open-project.ts";
import { withDatabase } from "./with-database.ts";

export const generateUnitTest: Command<GenerateInput, GeneratedTest> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { project, manifest } = opened.value;
  const model = modelOf(manifest, input.model);
  if (!model.ok) return { exitCode: refusedWith(context, model.diagnostics), value: undefined };
  const path = posix.join(dirname(model.value.path), `${model.value.name}_unit_test.yml`);
  if (await exists(join(project.root, path)))
    return { exitCode: refusedWith(context, [alreadyThere(path)]), value: undefined };
  return withDatabase(context, opened.value, input, "reads", async ({ database }) => {
    const made = await database.withSession("read", (session) =>
      generate(context, opened.value, session, { model: model.value, path, rows: input.rows }),
    );
    if (!made.ok) return { exitCode: refusedWith(context, made.diagnostics), value: undefined };
    const { text, ...value } = made.value;
    await writeFile(join(project.root, path), text, { flag: "wx" });
    return { exitCode: 0, value };
  });
};

type Asked = { readonly model: ModelNode; readonly path: string; readonly rows: number };

/** More rows than these nobody reads. */
const MOST_EXPECTED = 200;

const generate = async (
  context: CommandContext,
  opened: OpenProject,
  session: Session,
  { model, path, rows: count }: Asked,
): Promise<Outcome<GeneratedTest & { readonly text: string }>> => {
  const { manifest } = opened;
  const subject = await readSubject(context, manifest, model, session);
  if (!subject.ok) return subject;
  const now = context.now();
  const draft = await draftOf(manifest, session, subject.value, model, { count, now });
  if (draft.given.some(({ rows }) => rows.some((row) => row.some((cell) => cell?.includes("${")))))
    return failed(refusal(model, "a value holds `${`, which property files fill in", "write this unit test by hand"));
  const asking: Asking = { context, opened, session, model, path };
  const outcome = await askCase(asking, unitTestText(draft), { startedAt: now, invocationId: context.runId });
  if (!outcome.ok) return outcome;
  const expected = expectedOf(model, subject.value.columns, outcome.value);
  if (expected.rows.length === 0 || expected.columns.length === 0) return failed(nothingCame(model));
  if (expected.rows.length > MOST_EXPECTED) return failed(tooMany(model, expected.rows.length));
  const text = unitTestText({ ...draft, expected });
  // On another day, under another id: what depends on either is found out here, and not tomorrow.
  const again = await askCase(asking, text, anotherRun(now, context.runId));
  if (!again.ok) return again;
  if (again.value !== undefined) return failed(unsteady(model, again.value));
  const given = draft.given.map(({ input, rows }) => ({ input, rows: rows.length }));
  return ok({ path, name: draft.name, given, expected: expected.rows.length, text });
};

const ANOTHER_DAY_MS = 36 * 60 * 60 * 1000;

const anotherRun = (now: Date, id: string): AskingRun => ({
  startedAt: new Date(now.getTime() + ANOTHER_DAY_MS),
  invocationId: id.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
});

const draftOf = async (
  manifest: Manifest,
  session: Session,
  { columns, inputs }: Subject,
  model: ModelNode,
  { count, now }: { readonly count: number; readonly now: Date },
): Promise<UnitTestText> => {
  const standing = { relation: model.relation, columns, key: keyOf(model) };
  const picked = await pickRows(session, standing, inputs, count);
  const given = picked.map(({ from, rows }) => {
    const kept = from.columns.flatMap((column, i) => (from.written.has(column.name) ? [{ column, i }] : []));
    return {
      input: from.form,
      columns: kept.map(({ column }) => column),
      rows: rows.map((row) => kept.map(({ i }) => row[i] ?? null)),
    };
  });
  return {
    name: `${model.name}_on_real_rows`,
    description: `Made of rows of the database by galley test generate ${model.name}.`,
    model: model.name,
    startedAt: asksRunTime(manifest, model) ? now.toISOString() : undefined,
    given: [...given, ...(readsItself(model) ? [{ input: "this", columns: [], rows: [] }] : [])],
    expected: { columns: [], rows: [] },
  };
};

const readsItself = ({ body }: ModelNode): boolean => body.pieces.some(({ kind }) => kind === "this");

const asksRunTime = (manifest: Manifest, model: ModelNode): boolean =>
  bodiesOf(manifest, model).some(({ pieces }) =>
    pieces.some((piece) => piece.kind === "run-fact" && piece.fact === "run_started_at"),
  );

const bodiesOf = (manifest: Manifest, { id, body }: ModelNode): readonly Rendered[] => [
  body,
  ...(manifest.parents.get(id) ?? []).flatMap((parent) => {
    const node = manifest.nodes.get(parent);
    return node?.kind === "model" && node.config.materialized === "ephemeral" ? bodiesOf(manifest, node) : [];
  }),
];

/** A draft expects nothing, so that all that came out is unexpected. */
const expectedOf = (
  model: ModelNode,
  described: readonly DescribedColumn[],
  came: RowDifferences | undefined,
): UnitTestText["expected"] => {
  const personal = personalColumns(model);
  const surrogates = new Set(model.columns.filter((c) => c.isSurrogate).map(({ name }) => name));
  const names = came?.columns ?? [];
  const kept = names.flatMap((name, i) => (personal.has(name) || surrogates.has(name) ? [] : [{ name, i }]));
  const typeOf = (name: string): string => described.find((c) => c.name === name)?.type ?? "text";
  const all = (came?.rows ?? []).flatMap((row) => (row.kind === "differs" ? [] : [row.cells]));
  const key = keyOf(model);
  const byKey = (key.length > 0 ? key : names).map((name) => names.indexOf(name));
  const sorted = all.toSorted(
    (a, b) => byKey.map((i) => compared(a[i] ?? null, b[i] ?? null)).find((n) => n !== 0) ?? 0,
  );
  return {
    columns: kept.map(({ name }) => ({ name, type: typeOf(name) })),
    rows: sorted.map((row) => kept.map(({ i }) => row[i] ?? null)),
  };
};

const compared = (a: string | null, b: string | null): number => {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
};

const modelOf = (manifest: Manifest, name: string): Outcome<ModelNode> => {
  const nodes = [...manifest.nodes.values()];
  const node = nodes.find((one) => one.kind === "model" && one.name === name);
  if (node?.kind === "model") {
    if (node.config.materialized !== "ephemeral") return ok(node);
    return failed(
      refusal(node, "it is ephemeral, so no rows of it stand anywhere", "generate one of a model that reads it"),
    );
  }
  const other = nodes.find((one) => one.name === name);
  const near = suggest(
    name,
    nodes.flatMap((one) => (one.kind === "model" ? [one.name] : [])),
  );
  const help = near === undefined ? "`galley ls --resource-type model` lists them" : `did you mean "${near}"?`;
  const message =
    other === undefined ? `there is no model "${name}"` : `"${name}" is a ${other.kind}, and unit tests are of models`;
  return failed(errorOf("select/nothing-matched", message, { help }));
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const alreadyThere = (path: string): Diagnostic =>
  errorOf("cli/unit-test-exists", `${path} is there already`, {
    help: "nothing is overwritten: give the file another name, or remove it",
  });

const nothingCame = (model: ModelNode): Diagnostic =>
  refusal(
    model,
    "nothing comes out of the rows that were taken",
    "rows are related by columns of one name; where those of its inputs differ, or hold personal data, write the unit test by hand",
  );

const tooMany = (model: ModelNode, rows: number): Diagnostic =>
  refusal(model, `${rows} rows come out of the rows that were taken`, "ask for less with --rows, or write it by hand");

const unsteady = (model: ModelNode, { rows, columns }: RowDifferences): Diagnostic => {
  const differing = columns.filter((_, i) =>
    rows.some((row) => row.kind === "differs" && row.cells[i]?.isEqual === false),
  );
  const where = differing.length === 0 ? "" : `, in ${differing.join(", ")}`;
  return refusal(model, `two runs of its query over the same rows differ${where}`, STEADY);
};
