/** The folder that a command was started in, in; the project there, linked, out. What is wrong goes out as diagnostics. */
import type { Diagnostic, Outcome } from "../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../domain/exit-code.ts";
import type { Manifest } from "../domain/manifest.ts";
import type { Project } from "../domain/project.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { link } from "../stages/link/link.ts";
import { findProject } from "../stages/load/find-project.ts";
import { load } from "../stages/load/load.ts";
import type { Template } from "../template/syntax.ts";
import type { CommandContext } from "./context.ts";
import type { ProjectInput } from "./inputs.ts";

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
