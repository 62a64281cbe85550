/** From a folder on disk to the Project: every file read, parsed, or reported. */
import { type Diagnostic, failed, type Outcome, outcomeOf } from "../../domain/diagnostic.ts";
import { eachOnce } from "../../domain/each-once.ts";
import { type Project, unitTestFqn } from "../../domain/project.ts";
import type { TreeEntry } from "../../domain/tree.ts";
import { valueAt } from "../../domain/tree-read.ts";
import type { Template } from "../../template/syntax.ts";
import { type Env, environmentOf } from "./environment.ts";
import { PROJECT_FILE } from "./find-project.ts";
import { folderConfig, knownPaths } from "./folder-config.ts";
import { listFiles } from "./list-files.ts";
import { readMappings } from "./mappings.ts";
import { readProjectFile } from "./project-file.ts";
import { readAllProperties } from "./properties.ts";
import { readSource } from "./read-file.ts";
import { findSeeds } from "./seeds.ts";
import { snapshotBlocks } from "./snapshot-blocks.ts";
import { readTemplates } from "./templates.ts";
import { parseVars } from "./vars.ts";

export type LoadRequest = {
  /** Absolute: the folder of project.yml. */
  readonly root: string;
  readonly env: Env;
  /** `--vars` as it was written. */
  readonly cliVars: string | undefined;
  /** `--target`. */
  readonly targetName: string | undefined;
  readonly overrides: { readonly threads: number | undefined };
};

export const load = async (request: LoadRequest): Promise<Outcome<Project<Template>>> => {
  const { root } = request;
  const found: Diagnostic[] = [];
  const given = givenVars(request.cliVars, found);
  const env = environmentOf(root, request.env);
  const source = readSource(root, PROJECT_FILE, found);
  const target = { name: request.targetName, threads: request.overrides.threads };
  const project = source && readProjectFile(source, { env, givenVars: given, target }, found);
  const files = await listFiles(root, found);
  const templates = readTemplates(root, files, found);
  const scope = { env, vars: project?.vars ?? new Map() };
  const properties = readAllProperties(root, files, scope, found);
  found.push(...snapshotBlocks(root, files.snapshotBlocks, found));
  const mappings = readMappings(root, files, scope, found);
  const seeds = findSeeds(files.seeds, mappings);
  const migrations = files.migrations.flatMap((path) => readSource(root, path, found) ?? []);
  // Without project.yml, vars and targets are unknown, and more would be said of them than is true.
  if (project === undefined) return failed(...eachOnce(found));
  const folderOf = (
    key: string,
    place: Parameters<typeof folderConfig>[1]["place"],
    fqns: Iterable<readonly string[]>,
  ) =>
    folderConfig(
      valueAt(project.tree, key),
      { place, paths: knownPaths(fqns), projectName: project.name.value },
      found,
    );
  const fqnOf = (node: { folders: readonly string[]; name: string }) => [...node.folders, node.name];
  const propertyFolders = [...properties.nodes, ...properties.snapshots, ...properties.sources].map((p) => p.folders);
  const testFqns = [...templates.singularTests.map(fqnOf), ...templates.models.map(fqnOf), ...propertyFolders];
  const folders = {
    models: folderOf("models", "model config", templates.models.concat(templates.singularTests).map(fqnOf)),
    seeds: folderOf("seeds", "seed config", seeds.map(fqnOf)),
    snapshots: folderOf(
      "snapshots",
      "snapshot config",
      properties.snapshots.map((s) => [...s.folders, s.name.value]),
    ),
    sources: folderOf(
      "sources",
      "source config",
      properties.sources.map((s) => [...s.folders, s.source.value, s.table.value]),
    ),
    dataTests: folderOf(
      valueAt(project.tree, "data_tests") === undefined ? "tests" : "data_tests",
      "data test config",
      testFqns,
    ),
    unitTests: folderOf("unit_tests", "unit test config", properties.unitTests.map(unitTestFqn)),
  };
  return outcomeOf<Project<Template>>(
    () => ({
      name: project.name.value,
      root,
      file: project.file,
      schema: project.schema,
      target: project.target,
      vars: project.vars,
      env,
      settings: project.settings,
      folders,
      models: templates.models,
      singularTests: templates.singularTests,
      macros: templates.macros,
      genericTests: templates.genericTests,
      seeds,
      properties: properties.nodes,
      snapshots: properties.snapshots,
      sources: properties.sources,
      unitTests: properties.unitTests,
      mappings,
      migrations,
    }),
    eachOnce(found),
  );
};

const givenVars = (text: string | undefined, found: Diagnostic[]): readonly TreeEntry[] => {
  if (text === undefined || text.trim() === "") return [];
  const parsed = parseVars(text);
  if (parsed.ok) return parsed.value;
  found.push(...parsed.diagnostics);
  return [];
};
