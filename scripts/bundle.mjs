/**
 * Our modules as few files, which are found, read and linked in half the time of hundreds; packages stay where they are.
 * `node scripts/bundle.mjs` makes dist/ of src/. `--from` and `--to` name other folders that hold and get them; modules
 * that are named, as in `postgres/embedded/start`, are entries too, where tests and measurements come in.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const ENTRIES = ["cli/main", "index"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) },
    to: { type: "string" },
  },
});
const from = resolve(values.from);
const packages = Object.keys(JSON.parse(readFileSync(`${from}/package.json`, "utf8")).dependencies);

const built = await rolldown({
  cwd: from,
  input: Object.fromEntries([...ENTRIES, ...positionals].map((name) => [name, `src/${name}.ts`])),
  platform: "node",
  external: (id) => packages.some((name) => id === name || id.startsWith(`${name}/`)),
  tsconfig: false,
  transform: { target: "es2023" },
  onLog: (_, { message }) => {
    throw new Error(message);
  },
});
await built.write({
  dir: resolve(values.to ?? `${from}/dist`),
  cleanDir: true,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name].js",
  minifyInternalExports: false,
  // For `node --enable-source-maps`, and for the report of a bug.
  sourcemap: true,
  sourcemapExcludeSources: true,
});
await built.close();
