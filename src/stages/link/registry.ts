/** Every name that a reference may mean, and the answer to one that means nothing. */
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import type { Project } from "../../domain/project.ts";
import type { ReferenceRequest } from "../../domain/rendered.ts";
import type { Span } from "../../domain/source.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { suggest } from "../../lib/suggest.ts";
import type { Declared, DeclaredRelation } from "./declare.ts";

export type Registry = {
  /** Models, seeds and snapshots by name. */
  readonly named: ReadonlyMap<string, NodeId>;
  /** Tables by source, then by table. */
  readonly sources: ReadonlyMap<string, ReadonlyMap<string, NodeId>>;
  /** Switched off: `team_form`, `raw.matches`; with the place that did it, where there is one. */
  readonly disabled: ReadonlyMap<string, Span | undefined>;
  /** Stems of files that load raw tables, with the tables. */
  readonly rawSeeds: ReadonlyMap<string, readonly string[]>;
};

/** Says what is wrong with the names themselves: two models, seeds or source tables of one name. */
export const registryOf = (project: Project<unknown>, declared: Declared, found: Diagnostic[]): Registry => {
  const named = new Map<string, DeclaredRelation>();
  for (const node of [...declared.models, ...declared.seeds, ...declared.snapshots]) {
    const first = named.get(node.name);
    if (first === undefined) named.set(node.name, node);
    else found.push(sameName(node, first));
  }
  const sources = new Map<string, Map<string, NodeId>>();
  const places = new Map<NodeId, Span>();
  for (const { id, from, at } of declared.sources) {
    const tables = sources.get(from.source.value) ?? new Map<string, NodeId>();
    sources.set(from.source.value, tables.set(from.table.value, id));
    const first = places.get(id);
    if (first !== undefined) {
      const notes = [{ message: "first here", at: first }];
      const message = `source \`${from.source.value}\` has two tables \`${from.table.value}\``;
      found.push(errorOf("link/duplicate-name", message, { at, notes }));
    }
    places.set(id, at);
  }
  const rawSeeds = new Map(
    project.mappings.flatMap((m) => {
      const tables = [...new Set(m.steps.map((s) => relationKey(s.into)))];
      return m.path === undefined ? [] : [[m.path.value.replace(/^.*\/|\.csv(\.gz)?$/g, ""), tables] as const];
    }),
  );
  return {
    named: new Map([...named].map(([name, node]) => [name, node.id])),
    sources,
    disabled: declared.disabled,
    rawSeeds,
  };
};

/** Where it is declared: a file of its own, or an entry of a property file. */
const pathOf = ({ at }: DeclaredRelation): string => at.file.path;

const sameName = (node: DeclaredRelation, first: DeclaredRelation): Diagnostic =>
  errorOf("link/duplicate-name", `two nodes are named \`${node.name}\`: ${pathOf(first)} and ${pathOf(node)}`, {
    at: node.at,
    notes: [{ message: "the first one", at: first.at }],
    help: "models, seeds and snapshots share their names; rename one, and give it the `alias` that its relation should have",
  });

export const resolveIn =
  (registry: Registry) =>
  (request: ReferenceRequest, at: Span): Outcome<NodeId> => {
    const id = lookUp(registry, request);
    if (id !== undefined) return ok(id);
    return failed(disabledError(registry, request, at) ?? unknownError(registry, request, at));
  };

const lookUp = (registry: Registry, request: ReferenceRequest): NodeId | undefined => {
  switch (request.kind) {
    case "ref":
      return registry.named.get(request.name);
    case "source":
      return registry.sources.get(request.source)?.get(request.table);
    default:
      return unreachable(request);
  }
};

const disabledError = (registry: Registry, request: ReferenceRequest, at: Span): Diagnostic | undefined => {
  const name = request.kind === "ref" ? request.name : `${request.source}.${request.table}`;
  if (!registry.disabled.has(name)) return undefined;
  const by = registry.disabled.get(name);
  return errorOf("link/disabled-reference", `\`${name}\` is switched off (enabled: false)`, {
    at,
    notes: by === undefined ? [] : [{ message: "switched off here", at: by }],
    help: "put the reference inside an {{#if}} on the same var, or switch this off too",
  });
};

const unknownError = (registry: Registry, request: ReferenceRequest, at: Span): Diagnostic =>
  request.kind === "ref" ? unknownRef(registry, request.name, at) : unknownSource(registry, request, at);

const unknownRef = (registry: Registry, name: string, at: Span): Diagnostic => {
  const raw = registry.rawSeeds.get(name);
  if (raw !== undefined) {
    const help = `declare ${raw.join(", ")} as a source and write {{source "…" "…"}}`;
    return errorOf("link/unknown-reference", `\`${name}\` is no node: its file loads ${raw.join(", ")}`, { at, help });
  }
  const source = [...registry.sources].find(([, tables]) => tables.has(name));
  const near = suggest(name, [...registry.named.keys(), ...registry.disabled.keys()]);
  const help =
    source !== undefined
      ? `it is a table of a source: {{source "${source[0]}" "${name}"}}`
      : near === undefined
        ? undefined
        : `did you mean "${near}"?`;
  return errorOf("link/unknown-reference", `no model, seed or snapshot is named \`${name}\``, { at, help });
};

const unknownSource = (
  registry: Registry,
  { source, table }: Extract<ReferenceRequest, { kind: "source" }>,
  at: Span,
): Diagnostic => {
  const tables = registry.sources.get(source);
  if (tables === undefined) {
    const near = suggest(source, registry.sources.keys());
    const help = near === undefined ? "declare it under `sources:` in a property file" : `did you mean "${near}"?`;
    return errorOf("link/unknown-source", `there is no source \`${source}\``, { at, help });
  }
  const near = suggest(table, tables.keys());
  const help = near === undefined ? `it has ${[...tables.keys()].join(", ")}` : `did you mean "${near}"?`;
  return errorOf("link/unknown-source", `source \`${source}\` has no table \`${table}\``, { at, help });
};
