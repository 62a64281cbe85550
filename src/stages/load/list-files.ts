/** From the project's folder to the paths of all that belongs to it, by what it is; sorted, relative, with forward slashes. */
import { realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import fastGlob from "fast-glob";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";

export type ProjectFiles = {
  readonly models: readonly string[];
  readonly singularTests: readonly string[];
  readonly macros: readonly string[];
  readonly genericTests: readonly string[];
  /** Property files of models/, seeds/ and snapshots/. */
  readonly properties: readonly string[];
  readonly seeds: readonly string[];
  /** Where dbt has `{% snapshot %}` blocks; here nothing but property files. */
  readonly snapshotBlocks: readonly string[];
  readonly mappings: readonly string[];
  readonly migrations: readonly string[];
  /** Rows of unit tests. */
  readonly fixtures: readonly string[];
};

const FOLDERS = ["models", "seeds", "snapshots", "macros", "ingest", "migrations", "fixtures"] as const;

/** A folder that cannot be read is told of in `found`. */
export const listFiles = async (root: string, found: Diagnostic[]): Promise<ProjectFiles> => {
  const patterns = FOLDERS.flatMap((folder) => [folder, `${folder}/**`]);
  // A folder that is a link itself is seen both ways.
  const paths = new Set(await pathsIn({ folder: root, prefix: "", patterns, above: [realpathSync(root)] }, found));
  const of = (pattern: RegExp): readonly string[] =>
    [...paths].filter((path) => pattern.test(path)).sort((a, b) => (a < b ? -1 : 1));
  return {
    models: of(/^models\/.*(?<!\.test)\.sql$/),
    singularTests: of(/^models\/.*\.test\.sql$/),
    macros: of(/^macros\/[^/]*\.sql$/),
    genericTests: of(/^macros\/tests\/[^/]*\.sql$/),
    properties: of(/^(models|seeds|snapshots)\/.*\.ya?ml$/),
    seeds: of(/^seeds\/.*\.csv(\.gz)?$/),
    snapshotBlocks: of(/^snapshots\/.*\.sql$/),
    mappings: of(/^ingest\/[^/]*\.ya?ml$/),
    fixtures: of(/^fixtures\/.*\.(csv|sql)$/),
    migrations: of(/^migrations\/[^/]*\.sql$/),
  };
};

type Place = {
  /** Absolute. */
  readonly folder: string;
  /** What stands before its entries in a project's path. */
  readonly prefix: string;
  readonly patterns: readonly string[];
  /** The real folders that it was reached through. */
  readonly above: readonly string[];
};

const pathsIn = async (place: Place, found: Diagnostic[]): Promise<readonly string[]> => {
  const { folder, prefix, patterns } = place;
  try {
    // Links are looked at one by one: fast-glob would follow one that leads back until the system stops it.
    const settings = { cwd: folder, onlyFiles: false, objectMode: true, followSymbolicLinks: false } as const;
    const paths: string[] = [];
    for (const { path, dirent } of await fastGlob([...patterns], settings)) {
      if (dirent.isFile()) paths.push(prefix + path);
      else if (dirent.isSymbolicLink()) paths.push(...(await behindLink(place, path, found)));
    }
    return paths;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "path" in error)) throw error;
    found.push(errorOf("load/unreadable-file", `the folder ${error.path} cannot be read (${error.code})`));
    return [];
  }
};

/** A link to nothing counts as a file, which cannot be read; one that leads back to a folder above it is nothing. */
const behindLink = async (
  { folder, prefix, above }: Place,
  path: string,
  found: Diagnostic[],
): Promise<readonly string[]> => {
  const link = join(folder, path);
  const target = statOf(link);
  if (target === undefined || target.isFile()) return [prefix + path];
  if (!target.isDirectory()) return [];
  const real = realpathSync(link);
  const reached = [...above, realpathSync(dirname(link))];
  if (reached.some((other) => `${other}/`.startsWith(`${real}/`))) return [];
  return pathsIn({ folder: real, prefix: `${prefix}${path}/`, patterns: ["**"], above: [...reached, real] }, found);
};

/** Undefined for what leads nowhere, and for links that lead to each other. */
const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};

/** Folder names between the first folder and the file, and the file's name without its ending. */
export const placeInFolders = (
  path: string,
  ending: string | RegExp,
): { readonly folders: readonly string[]; readonly name: string } => {
  const parts = path.split("/");
  return { folders: parts.slice(1, -1), name: (parts.at(-1) ?? "").replace(ending, "") };
};
