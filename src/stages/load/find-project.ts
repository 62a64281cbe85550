/** From the working folder to the folder that holds project.yml: here, or the nearest one above. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";

export const PROJECT_FILE = "project.yml";

export const findProject = (startFolder: string): Outcome<string> => {
  const start = resolve(startFolder);
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, PROJECT_FILE))) return ok(folder);
    if (dirname(folder) === folder) break;
  }
  const isDbt = existsSync(join(start, "dbt_project.yml"));
  return failed(
    errorOf("load/no-project", `there is no project.yml in ${start} or above`, {
      help: isDbt
        ? "dbt_project.yml is dbt's; Galley's project.yml holds the same config and the targets of profiles.yml"
        : "change into a project, name one with --project-dir, or make one with `galley init`",
    }),
  );
};
