/**
 * What the project's files say: config by layer, references by name, places of everything; no name is resolved.
 * `Template` is the parsed form that the template room makes, which this room need not know.
 */
import type { Known } from "./availability.ts";
import type { LeastCoverage } from "./coverage.ts";
import type { IngestMapping } from "./ingest.ts";
import type { Located, SourceFile, Span } from "./source.ts";
import type { Target } from "./target.ts";
import type { PlainValue, Tree, TreeEntry } from "./tree.ts";
import type { UnitTestProperties } from "./unit-test.ts";

export type Project<Template> = {
  readonly name: string;
  /** Absolute: the folder of project.yml. */
  readonly root: string;
  readonly file: SourceFile;
  /** The schema of nodes without their own, prefix not yet applied. */
  readonly schema: Located<string>;
  readonly target: Target;
  readonly vars: ReadonlyMap<string, PlainValue>;
  /** The environment with `.env` beneath it. Secret: never printed. */
  readonly env: (name: string) => string | undefined;
  readonly settings: ProjectSettings;
  readonly folders: {
    readonly models: FolderConfig;
    readonly seeds: FolderConfig;
    readonly snapshots: FolderConfig;
    readonly sources: FolderConfig;
    readonly dataTests: FolderConfig;
    readonly unitTests: FolderConfig;
  };
  readonly models: readonly TemplateFile<Template>[];
  readonly singularTests: readonly TemplateFile<Template>[];
  /** The project's own, and those that come with Galley. */
  readonly macros: ReadonlyMap<string, Template>;
  /** Own kinds of generic data tests, by kind. */
  readonly genericTests: ReadonlyMap<string, Template>;
  /** Plain seeds; a file that an ingest mapping loads is not among them. */
  readonly seeds: readonly SeedFile[];
  readonly properties: readonly NodeProperties[];
  readonly snapshots: readonly SnapshotProperties[];
  readonly sources: readonly SourceProperties[];
  readonly unitTests: readonly UnitTestProperties[];
  readonly mappings: readonly IngestMapping[];
  /** Their text is run as it stands. */
  readonly migrations: readonly SourceFile[];
};

export type ProjectSettings = {
  /** Extensions that the build makes sure of. */
  readonly extensions: readonly string[];
  readonly publish: "all" | "batches";
  readonly failures: TreeEntry | undefined;
  /** The least that `galley coverage` asks for. */
  readonly coverage: Located<LeastCoverage> | undefined;
  readonly onRunStart: Tree | undefined;
  readonly onRunEnd: Tree | undefined;
};

/** Config of a folder and what stands below it; the nearest folder wins. */
export type FolderConfig = {
  readonly config: readonly TreeEntry[];
  readonly folders: ReadonlyMap<string, FolderConfig>;
};

export type TemplateFile<Template> = {
  /** The file's stem. */
  readonly name: string;
  readonly file: SourceFile;
  /** Folder names below models/. */
  readonly folders: readonly string[];
  readonly template: Template;
};

export type SeedFile = {
  readonly name: string;
  /** Relative to the project; the content is read when it is loaded. */
  readonly path: string;
  readonly folders: readonly string[];
};

/** An entry of `models:` or `seeds:` in a property file. */
export type NodeProperties = RelationProperties & { readonly kind: "model" | "seed" };

/** An entry of `snapshots:`, which is all that there is of a snapshot. */
export type SnapshotProperties = RelationProperties & {
  /** What it watches: `ref('x')` or `source('a', 'b')`. */
  readonly watched: Located<string>;
};

type RelationProperties = {
  readonly name: Located<string>;
  readonly folders: readonly string[];
  readonly description: string;
  readonly config: readonly TreeEntry[];
  readonly columns: readonly ColumnProperties[];
  readonly constraints: readonly ConstraintProperties[];
  /** Of the node itself and of its columns. */
  readonly dataTests: readonly DataTestProperties[];
};

/** A table of an entry of `sources:`. */
export type SourceProperties = {
  readonly source: Located<string>;
  readonly table: Located<string>;
  readonly schema: string;
  readonly identifier: string;
  readonly folders: readonly string[];
  readonly description: string;
  /** The source's own config, then the table's. */
  readonly config: readonly (readonly TreeEntry[])[];
  readonly columns: readonly ColumnProperties[];
  readonly dataTests: readonly DataTestProperties[];
};

export type ColumnProperties = {
  readonly name: Located<string>;
  readonly description: string;
  readonly dataType: Located<string> | undefined;
  readonly known: Known | undefined;
  readonly isSurrogate: boolean;
  readonly tags: readonly string[];
  readonly meta: { readonly [key: string]: PlainValue };
};

export type ConstraintProperties = {
  readonly type: Located<string>;
  readonly name: Located<string> | undefined;
  /** A column's own constraint has its column here. */
  readonly columns: readonly Located<string>[];
  readonly expression: Located<string> | undefined;
  readonly to: Located<string> | undefined;
  readonly toColumns: readonly Located<string>[];
  readonly isOfColumn: boolean;
  readonly span: Span;
};

export type DataTestProperties = {
  /** As written, with a prefix like `dbt_utils.` if there is one. */
  readonly kind: Located<string>;
  readonly name: Located<string> | undefined;
  readonly description: string;
  readonly arguments: readonly TreeEntry[];
  readonly config: readonly TreeEntry[];
  readonly column: Located<string> | undefined;
  /** Tags of the column that it stands on: they add up. */
  readonly columnTags: readonly string[];
  readonly span: Span;
};

/** As dbt has it: the folders, the model, the name. */
export const unitTestFqn = ({ folders, subject, name }: UnitTestProperties): readonly string[] => [
  ...folders,
  ...(subject.kind === "model" ? [subject.text.value] : []),
  name.value,
];

export const noConfig: FolderConfig = { config: [], folders: new Map() };

/** The layers for a node below these folders, farthest first. */
export const folderLayers = (root: FolderConfig, fqn: readonly string[]): readonly (readonly TreeEntry[])[] => {
  const layers = [root.config];
  let here: FolderConfig | undefined = root;
  for (const folder of fqn) {
    here = here.folders.get(folder);
    if (here === undefined) break;
    layers.push(here.config);
  }
  return layers;
};
