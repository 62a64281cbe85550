/** Everything about a run that is known before the database is asked: project, selection, SQL. `plan` begins the same way. */
import type { Window } from "../domain/batch.ts";
import type { Compiled } from "../domain/compiled.ts";
import type { CompiledUnitTests } from "../domain/compiled-unit-test.ts";
import { failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { isBuilt, isTest, type Manifest } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import type { Selection } from "../domain/selection.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import type { Connection } from "../postgres/connect.ts";
import { compile } from "../stages/compile/compile.ts";
import { compileUnitTests } from "../stages/compile/unit-tests.ts";
import type { EarlierRun } from "../stages/execute/resume.ts";
import { select } from "../stages/select/select.ts";
import type { CommandContext } from "./context.ts";
import { readEventTime } from "./event-time.ts";
import type { ProjectInput, RunInput, SelectInput } from "./inputs.ts";
import { type OpenProject, openProject } from "./open-project.ts";
import { seedFileHashes } from "./seed-files.ts";

export type RunVerb = "build" | "run" | "seed" | "snapshot";

/** `none`: what it built is built again. */
export type Resumed = { readonly run: EarlierRun; readonly keeps: "unchanged" | "none" };

export type Prepared = OpenProject & {
  readonly selection: Selection;
  readonly inRun: ReadonlySet<NodeId>;
  readonly compiled: Compiled;
  readonly unitTests: CompiledUnitTests;
  /** The time that the command line names for microbatch models. */
  readonly eventTime: Window | undefined;
  readonly seedFiles: ReadonlyMap<NodeId, string>;
};

/** A prepared run on an open database. */
export type ProjectRun = {
  readonly context: CommandContext;
  readonly input: RunInput;
  readonly verb: RunVerb;
  /** The run that this one goes on from, under `retry`. */
  readonly resumed: Resumed | undefined;
  readonly prepared: Prepared;
  readonly connection: Connection;
  /** Under --warn-error, whether there was a warning: then nothing is published. */
  readonly isRefusedByWarnings: () => boolean;
};

export const prepare = async (
  context: CommandContext,
  input: ProjectInput & SelectInput & Pick<RunInput, "threads" | "eventTime">,
  verb: RunVerb,
): Promise<Outcome<Prepared>> => {
  const opened = await openProject(context, input, input.threads);
  if (!opened.ok) return opened;
  const { manifest } = opened.value;
  const selected = select(manifest, input);
  if (!selected.ok) return { ok: false, diagnostics: [...opened.warnings, ...selected.diagnostics] };
  const eventTime = readEventTime(input.eventTime);
  if (!eventTime.ok) return { ok: false, diagnostics: [...opened.warnings, ...eventTime.diagnostics] };
  const selection = narrowed(manifest, selected.value, verb);
  const inRun = new Set(selection.nodes.filter((id) => isBuiltNode(manifest, id)));
  const facts = { view: { kind: "workspace", inRun }, startedAt: context.now(), invocationId: context.runId } as const;
  const compiled = await compile(manifest, selection.nodes, facts, dataTests);
  const warnings = [...opened.warnings, ...selected.warnings];
  if (!compiled.ok) return failed(...warnings, ...compiled.diagnostics);
  const unitTests = await compileUnitTests(manifest, selection.nodes, facts);
  if (!unitTests.ok) return failed(...warnings, ...compiled.warnings, ...unitTests.diagnostics);
  const seedFiles = await seedFileHashes(opened.value.project.root, manifest, selection.nodes);
  return ok(
    {
      ...opened.value,
      selection,
      inRun,
      compiled: compiled.value,
      unitTests: unitTests.value,
      eventTime: eventTime.value,
      seedFiles,
    },
    [...warnings, ...compiled.warnings],
  );
};

const isBuiltNode = (manifest: Manifest, id: NodeId): boolean => {
  const node = manifest.nodes.get(id);
  return node !== undefined && isBuilt(node);
};

/** `run` leaves the tests out; `seed` and `snapshot` all but their own kind. */
const narrowed = (manifest: Manifest, selection: Selection, verb: RunVerb): Selection => {
  if (verb === "build") return selection;
  const isWanted = (id: NodeId): boolean => {
    const kind = manifest.nodes.get(id)?.kind;
    return verb === "run" ? !isTest(manifest.nodes.get(id)) : kind === verb;
  };
  const nodes = selection.nodes.filter(isWanted);
  return { ...selection, nodes, isSelected: new Set(nodes) };
};

/** The schemas of nodes that Galley builds, sorted. */
export const schemasOf = (manifest: Manifest, ids: Iterable<NodeId>): readonly string[] => {
  const schemas = new Set<string>();
  for (const id of ids) {
    const node = manifest.nodes.get(id);
    if (node !== undefined && isBuilt(node)) schemas.add(node.relation.schema);
  }
  return [...schemas].sort();
};
