/** The embedded servers that run on this machine, of all projects, out. */
import { stat } from "node:fs/promises";
import { identityOf, layoutOf } from "./layout.ts";
import { maySignal } from "./machine.ts";
import { allProcesses, settingOn } from "./processes.ts";
import { codeOf } from "./refusal.ts";

export type RunningServer = {
  readonly pid: number;
  readonly port: number | undefined;
  readonly projectRoot: string;
  /** dev:ino of its data folder. */
  readonly directory: string;
  /** The project's folder is gone or was moved, or its data are not this server's any more. */
  readonly isDeserted: boolean;
  /** This user may end it. */
  readonly isOurs: boolean;
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
      const port = Number(settingOn(line, "port"));
      return {
        pid,
        port: Number.isInteger(port) ? port : undefined,
        projectRoot,
        directory,
        isDeserted: await isDeserted(projectRoot, directory),
        isOurs: maySignal(pid),
      };
    }),
  );
};

/** A folder that is closed to us is not one that is gone. */
const isDeserted = async (projectRoot: string, directory: string): Promise<boolean> => {
  try {
    return identityOf(await stat(layoutOf(projectRoot).data)) !== directory;
  } catch (error) {
    return codeOf(error) !== "EACCES";
  }
};
