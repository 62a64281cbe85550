/** The program as it is installed: bundled from src/ into a folder of its own, so that nobody changes it meanwhile. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Below node_modules, where its packages are found. */
const FOLDER = `${ROOT}node_modules/.galley-bench`;
export const DIST = `${FOLDER}/dist`;
/** Modules that measurements load by themselves. */
const DOORS = [
  "stages/load/load",
  "stages/link/link",
  "stages/select/select",
  "stages/compile/compile",
  "stages/plan/plan",
  "stages/check/leakage/compare",
  "plugins/data-tests/index",
  "plugins/materializations/index",
  "domain/source-facts",
  "domain/sql",
  "postgres/embedded/start",
  "postgres/embedded/settings",
  "postgres/embedded/stop",
];
const BIN = `${FOLDER}/bin/galley.js`;

export const compileProgram = () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const done = spawnSync(process.execPath, [`${ROOT}scripts/bundle.mjs`, "--to", DIST, ...DOORS]);
  if (done.status !== 0) throw new Error(`the bundle failed:\n${done.stderr}`);
  const { files } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));
  // All that a user's installation has, but for what was just compiled.
  for (const name of ["package.json", ...files.filter((file) => !file.includes("dist"))])
    cpSync(`${ROOT}${name}`, `${FOLDER}/${name}`, { recursive: true });
};

/** Seconds of the whole process, and what it printed. Throws when it fails. */
export const galley = (args, { cwd, env = {} }) => node([BIN, ...args], { cwd, env });

export const node = (args, { cwd, env = {} }) =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, args, { cwd, env: { ...process.env, NO_COLOR: "1", ...env } });
    let out = "";
    let err = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      const seconds = (performance.now() - startedAt) / 1000;
      if (code === 0) resolve({ seconds, out, err });
      else reject(new Error(`${args.join(" ")} ended with ${code}:\n${out.slice(-2000)}${err.slice(-2000)}`));
    });
  });
