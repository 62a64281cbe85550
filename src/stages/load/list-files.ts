/** From the project's folder to the paths of all that belongs to it, by what it is; sorted, relative, with forward slashes. */
import fastGlob from "fast-glob";

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

const PATTERNS = [
  "models/**/*.{sql,yml,yaml}",
  "seeds/**/*.{csv,csv.gz,yml,yaml}",
  "macros/*.sql",
  "macros/tests/*.sql",
  "ingest/*.{yml,yaml}",
  "migrations/*.sql",
];

export const listFiles = async (root: string): Promise<ProjectFiles> => {
  const paths = (await fastGlob(PATTERNS, { cwd: root })).sort((a, b) => (a < b ? -1 : 1));
  const of = (pattern: RegExp): readonly string[] => paths.filter((path) => pattern.test(path));
  return {
    models: of(/^models\/.*(?<!\.test)\.sql$/),
    singularTests: of(/^models\/.*\.test\.sql$/),
    macros: of(/^macros\/[^/]*\.sql$/),
    genericTests: of(/^macros\/tests\/.*\.sql$/),
    properties: of(/^(models|seeds)\/.*\.ya?ml$/),
    seeds: of(/^seeds\/.*\.csv(\.gz)?$/),
    mappings: of(/^ingest\//),
    migrations: of(/^migrations\//),
  };
};

/** Folder names between the first folder and the file, and the file's name without its ending. */
export const placeInFolders = (
  path: string,
  ending: string | RegExp,
): { readonly folders: readonly string[]; readonly name: string } => {
  const parts = path.split("/");
  return { folders: parts.slice(1, -1), name: (parts.at(-1) ?? "").replace(ending, "") };
};
