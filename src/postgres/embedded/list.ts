/** The embedded servers that run on this machine, of all projects, out. */
import { stat } from "node:fs/promises";
import { identityOf, layoutOf } from "./layout.ts";
import { allProcesses, settingOn } from "./processes.ts";
import { unless } from "./refusal.ts";

export type RunningServer = {
  readonly pid: number;
  readonly port: number | undefined;
  readonly projectRoot: string;
  /** The project's folder is gone, or its data are not this server's any more. */
  readonly isDeserted: boolean;
};

/** All of this machine, by their command lines: no registry that could be wrong. */
export const listEmbedded = async (): Promise<readonly RunningServer[]> => {
  const processes = await allProcesses();
  const servers = processes.flatMap(({ pid, line }) => {
    const projectRoot = settingOn(line, "galley.project");
    const directory = settingOn(line, "galley.dir");
    return projectRoot === undefined || directory === undefined ? [] : [{ pid, line, projectRoot, directory }];
  });
  return Promise.all(
    servers.map(async ({ pid, line, projectRoot, directory }) => {
      const data = await unless(["ENOENT", "ENOTDIR", "EACCES"], stat(layoutOf(projectRoot).data));
      const port = Number(settingOn(line, "port"));
      return {
        pid,
        port: Number.isInteger(port) ? port : undefined,
        projectRoot,
        isDeserted: data === undefined || identityOf(data) !== directory,
      };
    }),
  );
};
