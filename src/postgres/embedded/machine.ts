/** The facts of this process and machine that the embedded server depends on: the only file of the room that asks for them. */

export type Machine = {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly pid: number;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  /** Who called sudo; undefined without it. */
  readonly sudo: Account | undefined;
  /** glibc's version; undefined on musl and where there is none. Slow (30 ms), so asked for only in trouble. */
  readonly glibc: () => string | undefined;
};

export type Account = { readonly uid: number; readonly gid: number };

export const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  pid: process.pid,
  uid: process.getuid?.(),
  sudo: sudoAccount(),
  glibc: () => {
    const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
    return report.header?.glibcVersionRuntime;
  },
});

export const isRoot = (machine: Machine): boolean => machine.uid === 0;

/** Sends a signal; false when there is no such process, or it is not ours to signal. */
export const signalProcess = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
};

export const maySignal = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** True also for a process of somebody else, and for a zombie. */
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

const sudoAccount = (): Account | undefined => {
  // biome-ignore lint/style/noProcessEnv: who called sudo is a fact of the process, like its uid
  const { SUDO_UID, SUDO_GID } = process.env;
  const uid = Number(SUDO_UID);
  const gid = Number(SUDO_GID);
  return SUDO_UID === undefined || !Number.isInteger(uid) || uid === 0
    ? undefined
    : { uid, gid: Number.isInteger(gid) ? gid : uid };
};
