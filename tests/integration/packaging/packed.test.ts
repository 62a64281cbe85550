/** What npm packs, as somebody else's project gets it: the files, the command, the functions and their types. */
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { makeProject, type TestProject } from "../../support/project.ts";

const ROOT = join(import.meta.dirname, "../../..");
/** All that goes into the package or makes it; dist/ is not there, as in a fresh checkout. */
const SOURCES = [
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "src",
  "bin",
  "scripts",
  "docs",
  "library",
  "schemas",
];
const PAGES = ["README.md", "CHANGELOG.md", "LICENSE"];
const UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/;

let folder: string;
let tarball: string;
let packed: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/galley-packed-`);
  const checkout = join(folder, "checkout");
  await mkdir(checkout);
  for (const part of [...SOURCES, ...PAGES]) await cp(join(ROOT, part), join(checkout, part), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(checkout, "node_modules"));
  await mkdir(join(checkout, "dist"));
  await writeFile(join(checkout, "dist/of-an-earlier-build.js"), "");
  const said = await npm(checkout, ["pack", "--json", "--pack-destination", folder]);
  // What scripts say goes to the same stream, in front.
  const [report] = JSON.parse(said.slice(said.search(/^\[/m))) as [{ filename: string; files: { path: string }[] }];
  tarball = join(folder, report.filename);
  packed = report.files.map(({ path }) => path);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the package has the program, its types, its pages and its schemas, and nothing else", async () => {
  const modules = (await readdir(join(ROOT, "src"), { recursive: true })).filter((path) => path.endsWith(".ts"));
  const programs = await importedFrom(["dist/cli/main.js", "dist/index.js"]);
  const maps = packed.filter((path) => path.endsWith(".map") && programs.includes(path.slice(0, -".map".length)));
  const types = modules.filter((path) => !path.startsWith("cli/")).map((p) => `dist/${p.replace(/\.ts$/, ".d.ts")}`);
  const docs = (await readdir(join(ROOT, "docs"))).map((name) => `docs/${name}`);
  const schemas = (await readdir(join(ROOT, "schemas"))).map((name) => `schemas/${name}`);
  const library = (await readdir(join(ROOT, "library/macros"))).map((name) => `library/macros/${name}`);
  const expected = [
    "bin/galley.js",
    "package.json",
    ...PAGES,
    ...docs,
    ...library,
    ...schemas,
    ...programs,
    ...maps,
    ...types,
  ];
  expect(packed.toSorted()).toEqual(expected.toSorted());
});

/** These files and all that they import, one from the other, lazily too. */
const importedFrom = async (paths: readonly string[]): Promise<readonly string[]> => {
  const found = new Set(paths);
  for (const path of found) {
    const text = await readFile(join(folder, "checkout", path), "utf8");
    for (const [, next = ""] of text.matchAll(/(?:\bfrom|\bimport|\bimport\() ?"(\.[^"]+)"/g))
      found.add(join(path, "..", next));
  }
  return [...found];
};

test("its types stand by themselves, with those of Node", async () => {
  const consumer = join(folder, "consumer");
  await mkdir(join(consumer, "node_modules/galley"), { recursive: true });
  for (const part of packed) await cp(join(folder, "checkout", part), join(consumer, "node_modules/galley", part));
  expect(await typeComplaints(consumer)).toBe("");
});

const WAYS = [
  { way: "as npm does it", flags: [] },
  { way: "without install scripts", flags: ["--ignore-scripts"] },
];

test.for(WAYS)("installed $way, it makes a project, builds it, and can be imported", async ({ flags }, context) => {
  await using project = await makeProject({ "package.json": `{ "name": "consumer", "private": true }\n` });
  // Root's server runs as nobody: in a closed folder it would need a copy of the binaries outside.
  await chmod(project.root, 0o755);
  await install(project, flags, context);
  await npx(project.root, ["galley", "init"]);
  expect(await schemaOfProject(project.root)).toMatchObject({ title: "Galley" });
  expect(await npx(project.root, ["galley", "build"])).toMatch(/^Done in /m);
  expect(await imported(project.root)).toEqual({ exitCode: 0, state: "succeeded", nodes: 3 });
});

const install = async ({ root }: TestProject, flags: readonly string[], context: TestContext): Promise<void> => {
  const asked = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=0", ...flags, tarball];
  await npm(root, asked).catch((error: Error) => {
    if (UNREACHABLE.test(error.message)) context.skip("npm's registry cannot be reached");
    throw error;
  });
};

/** Where project.yml sends an editor. */
const schemaOfProject = async (root: string): Promise<unknown> => {
  const [first = ""] = (await readFile(join(root, "project.yml"), "utf8")).split("\n");
  return JSON.parse(await readFile(join(root, first.replace(/^.*\$schema=/, "")), "utf8"));
};

/** What a program sees that asks by functions, in CommonJS too. */
const imported = async (root: string): Promise<unknown> => {
  const program = `
    const { build } = require("galley");
    build({ folder: ".", env: {} }, { select: ["+team_form"] }).then(({ exitCode, value }) =>
      console.log(JSON.stringify({ exitCode, state: value.state, nodes: value.nodes.size })));`;
  return JSON.parse(await output(root, process.execPath, ["--no-warnings", "-e", program]));
};

const typeComplaints = async (root: string): Promise<string> => {
  const program = `
    import { type Answer, build, type RunResult } from "galley";
    const answer: Answer<RunResult> = await build({ folder: ".", env: {} }, { select: ["a"], vars: { days: 3 } });
    export const rows = [...(answer.value?.nodes.values() ?? [])].map((node): number | undefined => node.rows);
    // @ts-expect-error there is no such option
    await build({ folder: ".", env: {} }, { selekt: ["a"] });`;
  await writeFile(join(root, "use.mts"), program);
  const strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "false"];
  const nodeTypes = ["--typeRoots", join(ROOT, "node_modules/@types"), "--types", "node"];
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  return output(root, process.execPath, [compiler, ...strict, ...nodeTypes, "use.mts"]);
};

const npm = (cwd: string, args: readonly string[]): Promise<string> => output(cwd, "npm", args);
const npx = (cwd: string, args: readonly string[]): Promise<string> => output(cwd, "npx", ["--no-install", ...args]);

/** What it writes to its output; a failure says all that was said. */
const output = async (cwd: string, program: string, args: readonly string[]): Promise<string> => {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GALLEY_|PG|npm_(?!config_))/.test(name)),
  );
  try {
    return (await promisify(execFile)(program, [...args], { cwd, env })).stdout;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error([message, stdout, stderr].join("\n"));
  }
};
