/** From the project's folder to the paths of all that belongs to it, by what it is; sorted, relative, with forward slashes. */
import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { wholeFile } from "../../domain/source.ts";

export type ProjectFiles = {
  readonly models: readonly string[];
  readonly singularTests: readonly string[];
  readonly macros: readonly string[];
  readonly genericTests: readonly string[];
  /** Property files of models/ and seeds/. */
  readonly properties: readonly string[];
  readonly seeds: readonly string[];
  readonly mappings: readonly string[];
  readonly migrations: readonly string[];
};

/** Each top folder, and whether the folders in it count. */
const FOLDERS = {
  models: "deep",
  seeds: "deep",
  macros: "deep",
  ingest: "flat",
  migrations: "flat",
} as const;

/** A folder that cannot be read is told of in `found`. */
export const listFiles = (root: string, found: Diagnostic[]): ProjectFiles => {
  const top = realpathSync(root);
  const paths = Object.entries(FOLDERS)
    .flatMap(([folder, depth]) => filesIn({ path: folder, real: join(top, folder), above: [] }, depth, found))
    .sort((a, b) => (a < b ? -1 : 1));
  const of = (pattern: RegExp): readonly string[] => paths.filter((path) => pattern.test(path));
  return {
    models: of(/^models\/.*(?<!\.test)\.sql$/),
    singularTests: of(/^models\/.*\.test\.sql$/),
    macros: of(/^macros\/[^/]*\.sql$/),
    genericTests: of(/^macros\/tests\/[^/]*\.sql$/),
    properties: of(/^(models|seeds)\/.*\.ya?ml$/),
    seeds: of(/^seeds\/.*\.csv(\.gz)?$/),
    mappings: of(/^ingest\/.*\.ya?ml$/),
    migrations: of(/^migrations\/.*\.sql$/),
  };
};

type Folder = {
  readonly path: string;
  /** Where it really is, and the folders that it was reached through. */
  readonly real: string;
  readonly above: readonly string[];
};

/** Links are followed, but for those that lead back to where they stand; what begins with a dot is left out. */
const filesIn = (folder: Folder, depth: "deep" | "flat", found: Diagnostic[]): readonly string[] =>
  entriesOf(folder, found).flatMap((entry) => {
    if (entry.name.startsWith(".")) return [];
    const path = `${folder.path}/${entry.name}`;
    const here = join(folder.real, entry.name);
    const real = entry.isSymbolicLink() ? whereLinkLeads(here) : here;
    if (real === undefined) return [];
    const kind = entry.isSymbolicLink() ? statSync(real) : entry;
    if (kind.isFile()) return [path];
    const above = [...folder.above, folder.real];
    if (!kind.isDirectory() || depth === "flat" || above.includes(real)) return [];
    return filesIn({ path, real, above }, depth, found);
  });

const whereLinkLeads = (link: string): string | undefined => {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
};

const entriesOf = ({ path, real }: Folder, found: Diagnostic[]): readonly Dirent[] => {
  try {
    return readdirSync(real, { withFileTypes: true });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    // A project has the folders that it needs.
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    const at = wholeFile({ path, text: "" });
    found.push(errorOf("load/unreadable-file", `${path} cannot be read (${code})`, { at }));
    return [];
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
