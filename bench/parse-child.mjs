/** One cold parse in a process of its own: `galley` makes the manifest, `floor` reads the files and parses the templates. */
import { readdirSync, readFileSync } from "node:fs";
import { DIST } from "./program.mjs";

const [how, root] = process.argv.slice(2);

const parseAsGalley = async () => {
  const { load } = await import(`${DIST}/stages/load/load.js`);
  const { link } = await import(`${DIST}/stages/link/link.js`);
  const { dataTests } = await import(`${DIST}/plugins/data-tests/index.js`);
  return async () => {
    const request = {
      root,
      env: process.env,
      cliVars: undefined,
      targetName: undefined,
      overrides: { threads: undefined },
    };
    const project = await load(request);
    const manifest = project.ok ? link(project.value, dataTests) : project;
    if (!manifest.ok) throw new Error(JSON.stringify(manifest.diagnostics.slice(0, 3)));
    return manifest.value.nodes.size;
  };
};

const parseTemplatesOnly = async () => {
  const { parse } = (await import("handlebars/dist/cjs/handlebars/compiler/base.js")).default;
  return async () => {
    const files = readdirSync(`${root}/models`, { recursive: true }).map((name) => `${root}/models/${name}`);
    const texts = files.filter((f) => /\.(sql|yml)$/.test(f)).map((f) => [f, readFileSync(f, "utf8")]);
    const templates = texts.filter(([f]) => f.endsWith(".sql")).map(([, text]) => parse(text));
    return templates.length;
  };
};

const work = await (how === "galley" ? parseAsGalley() : parseTemplatesOnly());
const startedAt = performance.now();
const found = await work();
const seconds = (performance.now() - startedAt) / 1000;
const peak = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ seconds, megabytes: peak, found }));
