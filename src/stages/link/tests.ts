/** From all that says what must hold (generic tests, singular tests, constraints of views) to data-test nodes. */
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import type { NodeId } from "../../domain/names.ts";
import type { DataTestProperties, Project } from "../../domain/project.ts";
import type { Template } from "../../template/syntax.ts";
import { type LinkedTest, linkGenericTest, type TestContext, type Tested } from "./generic-tests.ts";
import { linkSingularTest } from "./singular-tests.ts";

export type TestedProperties = { readonly tested: Tested; readonly dataTests: readonly DataTestProperties[] };

export const linkTests = (
  project: Project<Template>,
  properties: readonly TestedProperties[],
  ofConstraints: readonly LinkedTest[],
  context: TestContext,
  found: Diagnostic[],
): readonly LinkedTest[] => {
  const tests = new Map<NodeId, LinkedTest>();
  const add = (test: LinkedTest | undefined): void => {
    if (test?.node.config.enabled !== true) return;
    const first = tests.get(test.node.id);
    if (first === undefined) tests.set(test.node.id, test);
    else found.push(sameName(test, first));
  };
  for (const { tested, dataTests } of properties)
    for (const written of dataTests)
      add(unlessDisabled(found, (inner) => linkGenericTest(written, tested, context, inner)));
  for (const from of project.singularTests)
    add(unlessDisabled(found, (inner) => linkSingularTest(from, context, inner)));
  // A view's constraint and a data test that say the same are one test: the one that was written as a test.
  for (const test of ofConstraints) if (!tests.has(test.node.id)) add(test);
  return [...tests.values()];
};

/** As in dbt: a test that refers to something switched off is switched off with it, and says so. */
const unlessDisabled = (
  found: Diagnostic[],
  link: (found: Diagnostic[]) => LinkedTest | undefined,
): LinkedTest | undefined => {
  const inner: Diagnostic[] = [];
  const test = link(inner);
  const errors = inner.filter((d) => d.severity === "error");
  if (errors.length === 0 || errors.some((d) => d.code !== "link/disabled-reference")) {
    found.push(...inner);
    return test;
  }
  found.push(
    ...errors.map((d) =>
      warningOf("link/disabled-test", `the data test is left out: ${d.message}`, { at: d.at, notes: d.notes }),
    ),
  );
  return undefined;
};

const sameName = ({ node }: LinkedTest, first: LinkedTest): Diagnostic =>
  errorOf("link/duplicate-test", `two data tests are named \`${node.name}\``, {
    at: node.at,
    notes: [{ message: "first here", at: first.node.at }],
    help: "give one of them a `name:`",
  });
