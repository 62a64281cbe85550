import { spawn } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isOrphan } from "../../../src/postgres/embedded/orphans.ts";
import { allProcesses, commandLine, settingOn } from "../../../src/postgres/embedded/processes.ts";
import { EMBEDDED_SETTINGS, serverArguments, THROWAWAY_SETTINGS } from "../../../src/postgres/embedded/settings.ts";

const marks = (project: string) => ({
  port: 5999,
  clusterName: "galley-65024-17",
  directory: "65024:17",
  binary: "65024:99:/opt/pg 18/bin/postgres",
  project,
});

const path = fc.string({ minLength: 1 }).map((s) => `/${s.replaceAll("\0", "")}`);

test("the marks that a server is started with are read back from /proc, whatever the project's path", () => {
  fc.assert(
    fc.property(path, (project) => {
      const line = ["postgres", ...serverArguments("/proc/self/cwd", EMBEDDED_SETTINGS, marks(project))]
        .map((argument) => `${argument}\0`)
        .join("");
      expect(settingOn(line, "galley.dir")).toBe("65024:17");
      expect(settingOn(line, "galley.project")).toBe(project.trim());
      expect(settingOn(line, "port")).toBe("5999");
    }),
  );
});

test("the same marks are read back from ps, where a path may hold spaces", () => {
  const line = ["postgres", ...serverArguments("/data", EMBEDDED_SETTINGS, marks("/home/ana/my games"))].join(" ");
  expect(settingOn(line, "galley.dir")).toBe("65024:17");
  expect(settingOn(line, "galley.project")).toBe("/home/ana/my games");
});

test("a server for tests is told by its data, but is nobody's project, so that no `db stop --all` ends it", () => {
  const line = serverArguments("/data", THROWAWAY_SETTINGS, marks("/tmp/tests")).join("\0");
  expect(settingOn(line, "galley.dir")).toBe("65024:17");
  expect(settingOn(line, "galley.project")).toBeUndefined();
});

test("a stranger's command line has no marks", () => {
  expect(settingOn("vim\0galley.txt\0", "galley.dir")).toBeUndefined();
  expect(settingOn("", "galley.dir")).toBeUndefined();
});

test("only the killed server's own sessions are its orphans", () => {
  const line = "postgres: galley-65024-17: galley galley [local] SELECT";
  expect(isOrphan({ pid: 1, line }, "65024:17")).toBe(true);
  expect(isOrphan({ pid: 1, line }, "65024:1")).toBe(false);
  expect(isOrphan({ pid: 1, line: `vim ${line}` }, "65024:17")).toBe(false);
});

test("a process is found by its command line, and gone when it has ended", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)", "galley-process-test"]);
  await once(child, "spawn");
  const pid = child.pid ?? expect.fail("no pid");
  expect(await commandLine(pid)).toContain("galley-process-test");
  expect((await allProcesses()).some((p) => p.pid === pid && p.line.includes("galley-process-test"))).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await commandLine(pid)).toBeUndefined();
});
