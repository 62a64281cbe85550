/** How a query is read that belongs to no run: every reference means live as it stands. */
import type { CompileRun } from "../domain/compiled.ts";
import { errorOf, failed, ok } from "../domain/diagnostic.ts";
import { isTest, type Manifest } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import { type ReferenceRequest, RUN_FACTS } from "../domain/rendered.ts";
import { suggest } from "../lib/suggest.ts";
import type { Scope } from "../template/evaluate.ts";
import type { CommandContext } from "./context.ts";
import type { OpenProject } from "./open-project.ts";

export const liveRun = (context: CommandContext): CompileRun => ({
  view: { kind: "live" },
  startedAt: context.now(),
  invocationId: context.runId,
});

/** What a template typed by a person may use: everything that a model may. */
export const inlineScope = ({ project, manifest }: OpenProject): Scope => {
  const { target } = manifest;
  const nodes = nodesByRequest(manifest);
  return {
    vars: project.vars,
    env: project.env,
    target: {
      name: target.name,
      type: target.type,
      schema: project.schema.value,
      schema_prefix: target.schemaPrefix,
      threads: target.threads,
    },
    isIncremental: false,
    macros: project.macros,
    resolve: (request, span) => {
      const asked = nameOf(request);
      const id = nodes.get(asked);
      if (id !== undefined) return ok(id);
      const near = suggest(asked, [...nodes.keys()]);
      const help = near === undefined ? "`galley ls` lists the names" : `did you mean "${near}"?`;
      return failed(
        errorOf("link/unknown-reference", `no model, seed or source is called "${asked}"`, { at: span, help }),
      );
    },
    parameters: undefined,
    runFacts: RUN_FACTS,
  };
};

const nameOf = (request: ReferenceRequest): string =>
  request.kind === "ref" ? request.name : `${request.source}.${request.table}`;

const nodesByRequest = (manifest: Manifest): ReadonlyMap<string, NodeId> => {
  const nodes = new Map<string, NodeId>();
  for (const node of manifest.nodes.values()) {
    if (!isTest(node)) nodes.set(node.name, node.id);
  }
  return nodes;
};
