/** Where a project stands in its repository: CI names files from the repository's root. */
import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** `analytics/`; empty where the project is the repository, or is in none. */
export const pathInRepository = (root: string, env: Readonly<Record<string, string | undefined>>): string => {
  const named = [env["GITHUB_WORKSPACE"], env["CI_PROJECT_DIR"]].find((folder) => isWithin(root, folder));
  const top = named ?? repositoryOf(root);
  const path = top === undefined ? "" : relative(top, root);
  return path === "" ? "" : `${path.split(sep).join("/")}/`;
};

const isWithin = (root: string, folder: string | undefined): folder is string =>
  folder !== undefined && folder !== "" && (root === folder || root.startsWith(folder + sep));

const repositoryOf = (folder: string): string | undefined => {
  if (existsSync(join(folder, ".git"))) return folder;
  return dirname(folder) === folder ? undefined : repositoryOf(dirname(folder));
};
