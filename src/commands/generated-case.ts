/** The text of a unit test in, what differs when it is asked out: it is read, linked and run as if it stood on disk. */
import type { Session } from "../domain/contracts/database.ts";
import { failed, type Outcome, ok } from "../domain/diagnostic.ts";
import type { ModelNode } from "../domain/manifest.ts";
import { subjectsIn } from "../domain/test-subject.ts";
import type { RowDifferences } from "../domain/unit-test.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { compileUnitTests } from "../stages/compile/unit-tests.ts";
import { prepareUnitTests } from "../stages/execute/unit/prepare.ts";
import { runUnitTests } from "../stages/execute/unit/run.ts";
import { link } from "../stages/link/link.ts";
import { readUnitTestText } from "../stages/load/unit-test-text.ts";
import type { CommandContext } from "./context.ts";
import { seedColumnsOf } from "./load-seed.ts";
import type { OpenProject } from "./open-project.ts";

export type Asking = {
  readonly context: CommandContext;
  readonly opened: OpenProject;
  readonly session: Session;
  readonly model: ModelNode;
  /** Where it will stand. */
  readonly path: string;
};

/** What a query can know of the run that asks it. */
export type AskingRun = { readonly startedAt: Date; readonly invocationId: string };

/** Undefined where all is as expected. */
export const askCase = async (
  { context, opened: { project }, session, model, path }: Asking,
  text: string,
  run: AskingRun,
): Promise<Outcome<RowDifferences | undefined>> => {
  const read = readUnitTestText({ path, text }, model.fqn.slice(0, -1), project.root);
  if (!read.ok) return read;
  const linked = link({ ...project, unitTests: [...project.unitTests, ...read.value] }, dataTests);
  if (!linked.ok) return linked;
  const ids = [...linked.value.nodes.values()].flatMap((n) =>
    n.kind === "unit-test" && n.path === path ? [n.id] : [],
  );
  const compiled = await compileUnitTests(linked.value, ids, { view: { kind: "live" }, ...run });
  if (!compiled.ok) return compiled;
  const { tests, shapes } = compiled.value;
  const prepared = await prepareUnitTests(session, [...tests.values()], shapes, seedColumnsOf(project.root));
  const subjectOf = subjectsIn(linked.value, "as configured");
  const asking = { session, clock: () => performance.now(), signal: context.signal, subjectOf };
  const [ending] = await runUnitTests(asking, [...tests.values()], prepared);
  if (ending === undefined) throw new Error(`${path} holds no unit test`);
  return ending.diagnostics.length > 0 ? failed(...ending.diagnostics) : ok(ending.differences);
};
