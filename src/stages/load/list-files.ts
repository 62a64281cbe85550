/** From the project's folder to the paths of all that belongs to it, by what it is; sorted, relative, with forward slashes. */
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
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
};

const FOLDERS = ["models", "seeds", "snapshots", "macros", "ingest", "migrations"] as const;

/** A folder that cannot be read is told of in `found`. */
export const listFiles = (root: string, found: Diagnostic[]): ProjectFiles => {
  const top = entriesIn(root, found).filter(({ name }) => FOLDERS.some((folder) => folder === name));
  // A folder that is a link itself is seen both ways.
  const paths = new Set(pathsOf(top, { folder: root, prefix: "", above: [realpathSync(root)] }, found));
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
    migrations: of(/^migrations\/[^/]*\.sql$/),
  };
};

type Place = {
  /** Absolute. */
  readonly folder: string;
  /** What stands before its entries in a project's path. */
  readonly prefix: string;
  /** The real folders that it was reached through. */
  readonly above: readonly string[];
};

/** What is hidden belongs to somebody else. Synchronous on purpose: it takes half the time of promises. */
const entriesIn = (folder: string, found: Diagnostic[]): readonly Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    found.push(errorOf("load/unreadable-file", `the folder ${folder} cannot be read (${error.code})`));
    return [];
  }
};

const pathsOf = (entries: readonly Dirent[], place: Place, found: Diagnostic[]): readonly string[] =>
  entries.flatMap((entry): readonly string[] => {
    const path = `${place.prefix}${entry.name}`;
    if (entry.isFile()) return [path];
    if (entry.isSymbolicLink()) return behindLink(place, entry.name, found);
    if (!entry.isDirectory()) return [];
    const inner = { ...place, folder: join(place.folder, entry.name), prefix: `${path}/` };
    return pathsOf(entriesIn(inner.folder, found), inner, found);
  });

/** A link to nothing counts as a file, which cannot be read; one that leads back to a folder above it is nothing. */
const behindLink = ({ folder, prefix, above }: Place, name: string, found: Diagnostic[]): readonly string[] => {
  const link = join(folder, name);
  const target = statOf(link);
  if (target === undefined || target.isFile()) return [prefix + name];
  if (!target.isDirectory()) return [];
  const real = realpathSync(link);
  const reached = [...above, realpathSync(dirname(link))];
  if (reached.some((other) => `${other}/`.startsWith(`${real}/`))) return [];
  return pathsOf(
    entriesIn(real, found),
    { folder: real, prefix: `${prefix}${name}/`, above: [...reached, real] },
    found,
  );
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
