/** The macros that come with Galley, read from the package: by name, for every project. */
import { readdirSync, readFileSync } from "node:fs";
import { PACKAGE_ROOT } from "../../lib/package-root.ts";
import { libraryPath } from "../../template/library-file.ts";
import { parseTemplate } from "../../template/parse.ts";
import type { Template } from "../../template/syntax.ts";

const FOLDER = new URL("library/macros/", PACKAGE_ROOT);

let read: ReadonlyMap<string, Template> | undefined;

export const libraryMacros = (): ReadonlyMap<string, Template> => {
  read ??= new Map(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith(".sql"))
      .sort()
      .map((name) => [name.slice(0, -".sql".length), whenAsked(name)]),
  );
  return read;
};

/** Read and parsed when something of it is asked for: a call needs few of them. */
const whenAsked = (name: string): Template => {
  let known: Template | undefined;
  const template = (): Template => {
    known ??= parsed(name);
    return known;
  };
  return {
    get file() {
      return template().file;
    },
    get config() {
      return template().config;
    },
    get params() {
      return template().params;
    },
    get body() {
      return template().body;
    },
  };
};

const parsed = (name: string): Template => {
  const path = libraryPath(`macros/${name}`);
  const template = parseTemplate({ path, text: readFileSync(new URL(name, FOLDER), "utf8") });
  if (!template.ok) throw new Error(`${path}: ${template.diagnostics.map((d) => d.message).join(", ")}`);
  return template.value;
};
