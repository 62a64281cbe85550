/** From unit tests as property files say them to their nodes: what is asked, what is given for all that it reads, what is expected. */
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import type { UnitTestNode } from "../../domain/manifest.ts";
import { type NodeId, nodeId } from "../../domain/names.ts";
import { placeOf } from "../../domain/placed-text.ts";
import { folderLayers, type Project, unitTestFqn } from "../../domain/project.ts";
import type { Rendered } from "../../domain/rendered.ts";
import type { Located } from "../../domain/source.ts";
import type {
  Fixture,
  Given,
  UnitTestConfig,
  UnitTestProperties,
  UnitTestSubject,
  WrittenFixture,
} from "../../domain/unit-test.ts";
import type { Scope } from "../../template/evaluate.ts";
import type { Template } from "../../template/syntax.ts";
import { mergedBoolean, mergeLayers } from "./layers.ts";
import { renderPlaced } from "./placed-template.ts";
import { inputsWrong } from "./unit-test-inputs.ts";
import { type Overridden, overridden } from "./unit-test-overrides.ts";
import { type Models, modelSubject, testedModel } from "./unit-test-subject.ts";
import { yamlReference } from "./yaml-reference.ts";

export type UnitTestContext = Models & {
  readonly project: Project<Template>;
  readonly scope: Scope;
  /** Names of what is switched off. */
  readonly disabled: ReadonlySet<string>;
  /** Names of models of which it was told already what is wrong. */
  readonly broken: ReadonlySet<string>;
};

export const linkUnitTests = (context: UnitTestContext, found: Diagnostic[]): readonly UnitTestNode[] => {
  const tests = new Map<NodeId, UnitTestNode>();
  for (const written of context.project.unitTests) {
    const test = linkUnitTest(written, context, found);
    if (test === undefined) continue;
    const first = tests.get(test.id);
    if (first === undefined) tests.set(test.id, test);
    else
      found.push(
        errorOf("link/duplicate-test", `two unit tests are named \`${test.name}\``, {
          at: test.at,
          notes: [{ message: "first here", at: first.at }],
          help: "give one of them another name",
        }),
      );
  }
  return [...tests.values()];
};

/** Undefined where it is switched off, or after saying what is wrong. */
const linkUnitTest = (
  written: UnitTestProperties,
  context: UnitTestContext,
  found: Diagnostic[],
): UnitTestNode | undefined => {
  const { project, scope, disabled, broken } = context;
  const fqn = unitTestFqn(written);
  const merged = mergeLayers([...folderLayers(project.folders.unitTests, fqn), written.config]);
  const config: UnitTestConfig = {
    enabled: mergedBoolean(merged, "enabled", true),
    tags: merged.tags,
    meta: merged.meta,
  };
  if (!config.enabled) return undefined;
  const { kind, text } = written.subject;
  const model = kind === "model" ? testedModel(text) : undefined;
  if (model !== undefined && disabled.has(model)) {
    const message = `the unit test is left out: \`${model}\` is switched off (enabled: false)`;
    found.push(warningOf("link/disabled-test", message, { at: text.span }));
    return undefined;
  }
  if (model !== undefined && broken.has(model)) return undefined;
  const before = found.length;
  const overrides = overridden(written, scope, found);
  const subject =
    kind === "model"
      ? modelSubject({ text, test: written.name.span }, overrides, context, found)
      : ownQuery(text, overrides, found);
  const given = givenOf(written, kind === "model" ? (subject?.model ?? "unknown") : undefined, overrides.scope, found);
  const expect = fixtureOf(written.expect, overrides.scope, found);
  if (subject === undefined || expect === undefined || found.slice(before).some((d) => d.severity === "error"))
    return undefined;
  const wrong = inputsWrong(written, subject, given, context.nodes);
  found.push(...wrong);
  if (wrong.length > 0) return undefined;
  const { name, description, files } = written;
  return {
    kind: "unit-test",
    id: nodeId(["unit_test", project.name, ...(kind === "model" ? [text.value] : []), name.value].join(".")),
    name: name.value,
    path: name.span.file.path,
    fqn,
    tags: config.tags,
    description,
    at: name.span,
    config,
    subject,
    given,
    expect,
    files,
  };
};

const ownQuery = (
  text: Located<string>,
  { scope, startedAt }: Overridden,
  found: Diagnostic[],
): UnitTestSubject | undefined => {
  const body = renderPlaced(placeOf(text), scope, found);
  if (body === undefined) return undefined;
  return { model: undefined, body, ephemerals: new Map(), startedAt, isShared: false };
};

const givenOf = (
  { given }: UnitTestProperties,
  model: NodeId | "unknown" | undefined,
  scope: Scope,
  found: Diagnostic[],
): readonly Given[] =>
  given.flatMap(({ input, fixture }) => {
    const node = inputNode(input, model, scope, found);
    const rows = fixtureOf(fixture, scope, found);
    return node === undefined || rows === undefined ? [] : [{ node, fixture: rows, at: input.span }];
  });

const inputNode = (
  input: Located<string>,
  model: NodeId | "unknown" | undefined,
  { resolve }: Scope,
  found: Diagnostic[],
): NodeId | undefined => {
  if (input.value.trim() === "this") {
    if (model !== undefined) return model === "unknown" ? undefined : model;
    const message = "`this` is the model's own rows, and a query has no model";
    found.push(errorOf("link/unit-test-input", message, { at: input.span, help: "name what the query refers to" }));
    return undefined;
  }
  const reference = yamlReference(input);
  if (reference === undefined) {
    const help = "write ref('x'), source('a', 'b') or this";
    found.push(errorOf("link/unit-test-input", `\`${input.value}\` is no input`, { at: input.span, help }));
    return undefined;
  }
  const node = resolve(reference.request, reference.span);
  if (node.ok) return node.value;
  found.push(...node.diagnostics);
  return undefined;
};

/** The SQL of rows reads nothing: it is all that there is. */
const fixtureOf = (written: WrittenFixture, scope: Scope, found: Diagnostic[]): Fixture | undefined => {
  if (written.kind === "rows") return written;
  const body: Rendered | undefined = renderPlaced(placeOf(written.text), scope, found);
  const read = body?.references[0];
  if (read !== undefined)
    found.push(
      errorOf("link/unit-test-input", "rows of a unit test refer to nothing", {
        at: read.span,
        help: "write them out: select 1 as id, 'Ada' as name union all select …",
      }),
    );
  return body === undefined || read !== undefined ? undefined : { kind: "sql", body, span: written.span };
};
