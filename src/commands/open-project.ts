/** The folder that a command was started in, in; the project there, linked, out. What is wrong goes out as diagnostics. */
import type { Diagnostic, Outcome } from "../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../domain/exit-code.ts";
import type { Manifest } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import type { Project } from "../domain/project.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { link } from "../stages/link/link.ts";
import { findProject } from "../stages/load/find-project.ts";
import { load } from "../stages/load/load.ts";
import { select } from "../stages/select/select.ts";
import type { Template } from "../template/syntax.ts";
import type { CommandContext } from "./context.ts";
import type { ProjectInput, SelectInput } from "./inputs.ts";

export type OpenProject = { readonly project: Project<Template>; readonly manifest: Manifest };

export const openProject = async (
  context: CommandContext,
  input: ProjectInput,
  threads: number | undefined,
): Promise<Outcome<OpenProject>> => {
  const root = findProject(context.projectDir);
  if (!root.ok) return root;
  const project = await load({
    root: root.value,
    env: context.env,
    cliVars: input.vars,
    targetName: input.target,
    overrides: { threads },
  });
  if (!project.ok) return project;
  const manifest = link(project.value, dataTests);
  if (!manifest.ok) return { ok: false, diagnostics: [...project.warnings, ...manifest.diagnostics] };
  return {
    ok: true,
    value: { project: project.value, manifest: manifest.value },
    warnings: [...project.warnings, ...manifest.warnings],
  };
};

export type OpenSelection = OpenProject & { readonly nodes: readonly NodeId[] };

export const openSelection = async (
  context: CommandContext,
  input: ProjectInput & SelectInput,
  threads: number | undefined,
): Promise<Outcome<OpenSelection>> => {
  const opened = await openProject(context, input, threads);
  if (!opened.ok) return opened;
  const selected = select(opened.value.manifest, input);
  if (!selected.ok) return { ok: false, diagnostics: [...opened.warnings, ...selected.diagnostics] };
  const warnings = [...opened.warnings, ...selected.warnings];
  return { ok: true, value: { ...opened.value, nodes: selected.value.nodes }, warnings };
};

/** Tells of everything that an outcome carries. */
export const tell = (context: CommandContext, outcome: Outcome<unknown>): void => {
  for (const diagnostic of outcome.ok ? outcome.warnings : outcome.diagnostics)
    context.emit({ kind: "diagnostic", diagnostic });
};

/** Tells of what was refused, and says with which exit code. */
export const refusedWith = (context: CommandContext, diagnostics: readonly Diagnostic[]): ExitCode => {
  for (const diagnostic of diagnostics) context.emit({ kind: "diagnostic", diagnostic });
  return exitOf(diagnostics);
};
