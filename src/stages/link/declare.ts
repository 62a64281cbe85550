/** From the project's files to what each node is configured to be, before any reference is looked at. */
import type { ModelConfig, SeedConfig, SnapshotConfig, SourceConfig } from "../../domain/config.ts";
import { checkEntries } from "../../domain/config-check.ts";
import type { PlaceName } from "../../domain/config-keys.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import { type NodeId, nodeId, type RelationName } from "../../domain/names.ts";
import {
  folderLayers,
  type NodeProperties,
  type Project,
  type SeedFile,
  type SnapshotProperties,
  type SourceProperties,
  type TemplateFile,
} from "../../domain/project.ts";
import { type Span, wholeFile } from "../../domain/source.ts";
import { readHeader, type Scope } from "../../template/evaluate.ts";
import type { Template } from "../../template/syntax.ts";
import { modelConfig, seedConfig, sourceConfig } from "./configs.ts";
import { readFreshness } from "./freshness-config.ts";
import type { HookTrees } from "./hooks.ts";
import { type Layer, type MergedConfig, mergeLayers } from "./layers.ts";
import { claimProperties } from "./properties.ts";
import { snapshotConfig } from "./snapshot-config.ts";

export type DeclaredModel = {
  readonly kind: "model";
  readonly id: NodeId;
  readonly name: string;
  readonly from: TemplateFile<Template>;
  readonly properties: NodeProperties | undefined;
  readonly config: ModelConfig;
  readonly hooks: HookTrees;
  readonly relation: RelationName;
  /** Where the schema is said. */
  readonly schemaAt: Span;
  readonly at: Span;
};

export type DeclaredSeed = {
  readonly kind: "seed";
  readonly id: NodeId;
  readonly name: string;
  readonly from: SeedFile;
  readonly properties: NodeProperties | undefined;
  readonly config: SeedConfig;
  readonly hooks: HookTrees;
  readonly relation: RelationName;
  readonly schemaAt: Span;
  readonly at: Span;
};

export type DeclaredSnapshot = {
  readonly kind: "snapshot";
  readonly id: NodeId;
  readonly name: string;
  readonly from: SnapshotProperties;
  readonly properties: SnapshotProperties;
  readonly config: SnapshotConfig;
  readonly hooks: HookTrees;
  readonly relation: RelationName;
  readonly schemaAt: Span;
  readonly at: Span;
};

/** What Galley makes a relation for. */
export type DeclaredRelation = DeclaredModel | DeclaredSeed | DeclaredSnapshot;

export type DeclaredSource = {
  readonly kind: "source";
  readonly id: NodeId;
  readonly from: SourceProperties;
  readonly config: SourceConfig;
  readonly relation: RelationName;
  readonly at: Span;
};

export type Declared = {
  readonly models: readonly DeclaredModel[];
  readonly seeds: readonly DeclaredSeed[];
  readonly snapshots: readonly DeclaredSnapshot[];
  readonly sources: readonly DeclaredSource[];
  readonly disabled: ReadonlyMap<string, Span | undefined>;
};

export const declareNodes = (project: Project<Template>, scope: Scope, found: Diagnostic[]): Declared => {
  const disabled = new Map<string, Span | undefined>();
  const propertiesOf = claimProperties(project, found);
  const keep = <T extends DeclaredRelation | DeclaredSource>(
    node: T | undefined,
    merged: MergedConfig,
    name: string,
  ): readonly T[] => {
    if (node?.config.enabled !== false) return node === undefined ? [] : [node];
    disabled.set(name, merged.entries.get("enabled")?.value.span);
    return [];
  };
  const models = project.models.flatMap((from) => {
    const properties = propertiesOf("model", from.name);
    const header = headerLayer(from.template, "model config", scope, found);
    const folders = folderLayers(project.folders.models, [...from.folders, from.name]);
    const merged = mergeLayers([...folders, properties?.config ?? [], header]);
    const config = modelConfig(merged, project.schema.value, found);
    const node: DeclaredModel = {
      kind: "model",
      id: nodeId(`model.${project.name}.${from.name}`),
      name: from.name,
      from,
      properties,
      config,
      hooks: merged,
      relation: relationOf(project, config.schema, config.alias ?? from.name),
      schemaAt: merged.entries.get("schema")?.value.span ?? project.schema.span,
      at: merged.entries.get("alias")?.value.span ?? wholeFile(from.file),
    };
    return keep(node, merged, from.name);
  });
  const seeds = project.seeds.flatMap((from) => {
    const properties = propertiesOf("seed", from.name);
    const folders = folderLayers(project.folders.seeds, [...from.folders, from.name]);
    const merged = mergeLayers([...folders, properties?.config ?? []]);
    const config = seedConfig(merged, project.schema.value, found);
    const node: DeclaredSeed = {
      kind: "seed",
      id: nodeId(`seed.${project.name}.${from.name}`),
      name: from.name,
      from,
      properties,
      config,
      hooks: merged,
      relation: relationOf(project, config.schema, config.alias ?? from.name),
      schemaAt: merged.entries.get("schema")?.value.span ?? project.schema.span,
      at: wholeFile({ path: from.path, text: "" }),
    };
    return keep(node, merged, from.name);
  });
  const snapshots = project.snapshots.flatMap((from) => {
    const name = from.name.value;
    const merged = mergeLayers([...folderLayers(project.folders.snapshots, [...from.folders, name]), from.config]);
    const config = snapshotConfig(merged, from, project.schema.value, found);
    const node: DeclaredSnapshot | undefined = config && {
      kind: "snapshot",
      id: nodeId(`snapshot.${project.name}.${name}`),
      name,
      from,
      properties: from,
      config,
      hooks: merged,
      relation: relationOf(project, config.schema, config.alias ?? name),
      schemaAt: merged.entries.get("schema")?.value.span ?? project.schema.span,
      at: from.name.span,
    };
    return keep(node, merged, name);
  });
  const sources = project.sources.flatMap((from) => {
    const name = `${from.source.value}.${from.table.value}`;
    const fqn = [...from.folders, from.source.value, from.table.value];
    const layers = [...folderLayers(project.folders.sources, fqn), ...from.config];
    const merged = mergeLayers(layers);
    const node: DeclaredSource = {
      kind: "source",
      id: nodeId(`source.${project.name}.${name}`),
      from,
      config: sourceConfig(merged, readFreshness(layers, from.table, found), found),
      relation: { schema: from.schema, name: from.identifier },
      at: from.table.span,
    };
    return keep(node, merged, name);
  });
  return { models, seeds, snapshots, sources, disabled };
};

/** A wrong header counts as none: the model is there, so that nothing false is said of what refers to it. */
export const headerLayer = (template: Template, place: PlaceName, scope: Scope, found: Diagnostic[]): Layer => {
  if (template.config === undefined) return [];
  const header = readHeader(template, scope);
  found.push(...(header.ok ? header.warnings : header.diagnostics));
  const entries = header.ok ? (header.value?.entries ?? []) : [];
  found.push(...checkEntries(entries, place));
  return entries;
};

const relationOf = (project: Project<Template>, schema: string, name: string): RelationName => ({
  schema: project.target.schemaPrefix + schema,
  name,
});
