/** The program as a user runs it, made from src/ without the type checker: once for each state of the sources. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Below node_modules, so that the program finds its packages as it does when it is installed. */
const CACHE = `${ROOT}node_modules/.galley-cli`;
/** Modules that tests load by themselves, in processes of their own. */
const DOORS = ["start", "binaries", "machine", "layout"].map((name) => `postgres/embedded/${name}`);
const UNUSED_AFTER_MS = 3_600_000;

let built: Promise<string> | undefined;

/** Path of bin/galley.js. */
export const buildCli = (): Promise<string> => {
  built ??= build();
  return built;
};

/** One piece of the sources taken out or replaced on purpose, to see a test turn red. */
export type Mutation = { readonly path: string; readonly from: string; readonly to: string };

/** The program with a fault. Throws when the piece does not stand there exactly once. */
export const buildMutant = async ({ path, from, to }: Mutation): Promise<string> => {
  const sources = await sourcesOf();
  const found = sources.find((s) => s.path === path)?.text.split(from).length;
  if (found !== 2) throw new Error(`${path} does not hold exactly once: ${from}`);
  return written(sources.map((s) => (s.path === path ? { path, text: s.text.replace(from, () => to) } : s)));
};

const build = async (): Promise<string> => written(await sourcesOf());

const written = async (sources: readonly Source[]): Promise<string> => {
  const hash = createHash("sha256");
  for (const { path, text } of sources) hash.update(path).update("\0").update(text).update("\0");
  const folder = `${CACHE}/${hash.digest("hex").slice(0, 16)}`;
  if ((await stat(folder).catch(() => undefined)) === undefined) await write(folder, sources);
  return `${folder}/bin/galley.js`;
};

type Source = { readonly path: string; readonly text: string };

const sourcesOf = async (): Promise<readonly Source[]> => {
  const entries = await readdir(`${ROOT}src`, { recursive: true, withFileTypes: true });
  const paths = entries.filter((e) => e.isFile()).map((e) => `${e.parentPath}/${e.name}`.slice(ROOT.length));
  const library = (await readdir(`${ROOT}library/macros`)).map((name) => `library/macros/${name}`);
  const all = [
    ...paths.filter((p) => !p.endsWith(".d.ts")),
    ...library,
    "package.json",
    "bin/galley.js",
    "scripts/bundle.mjs",
  ].sort();
  return Promise.all(all.map(async (path) => ({ path, text: await readFile(ROOT + path, "utf8") })));
};

/** Made aside and renamed: several test files may be at it. */
const write = async (folder: string, sources: readonly Source[]): Promise<void> => {
  await sweep();
  const side = `${folder}.new-${process.pid}`;
  for (const { path, text } of sources) {
    await mkdir(dirname(`${side}/${path}`), { recursive: true });
    await writeFile(`${side}/${path}`, text);
  }
  await promisify(execFile)(process.execPath, [`${ROOT}scripts/bundle.mjs`, "--from", side, ...DOORS]);
  // What an installation has beside dist/, where it is there.
  await cp(`${ROOT}docs`, `${side}/docs`, { recursive: true }).catch(() => undefined);
  await rename(side, folder).catch(() => rm(side, { recursive: true, force: true }));
};

const sweep = async (): Promise<void> => {
  await mkdir(CACHE, { recursive: true });
  for (const name of await readdir(CACHE)) {
    const facts = await stat(`${CACHE}/${name}`).catch(() => undefined);
    if (facts === undefined || Date.now() - facts.mtimeMs < UNUSED_AFTER_MS) continue;
    await rm(`${CACHE}/${name}`, { recursive: true, force: true });
  }
};
