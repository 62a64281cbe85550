/** The macros that come with Galley, read from the package and parsed: by name, for every project. */
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
      .map((name) => [name.slice(0, -".sql".length), parsed(name)]),
  );
  return read;
};

const parsed = (name: string): Template => {
  const path = libraryPath(`macros/${name}`);
  const template = parseTemplate({ path, text: readFileSync(new URL(name, FOLDER), "utf8") });
  if (!template.ok) throw new Error(`${path}: ${template.diagnostics.map((d) => d.message).join(", ")}`);
  return template.value;
};
