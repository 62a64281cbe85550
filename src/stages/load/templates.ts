/** From the paths of models, singular tests, macros and own generic tests to their parsed templates. */
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { TemplateFile } from "../../domain/project.ts";
import { parseTemplate } from "../../template/parse.ts";
import type { Template } from "../../template/syntax.ts";
import { libraryMacros } from "./library.ts";
import { type ProjectFiles, placeInFolders } from "./list-files.ts";
import { readSource } from "./read-file.ts";

export type Templates = {
  readonly models: readonly TemplateFile<Template>[];
  readonly singularTests: readonly TemplateFile<Template>[];
  /** Those that come with Galley too; the project's own of the same name is the one. */
  readonly macros: ReadonlyMap<string, Template>;
  readonly genericTests: ReadonlyMap<string, Template>;
};

export const readTemplates = (root: string, files: ProjectFiles, found: Diagnostic[]): Templates => {
  const readAll = (paths: readonly string[], ending: RegExp): readonly TemplateFile<Template>[] =>
    paths.flatMap((path) => {
      const file = readSource(root, path, found);
      if (file === undefined) return [];
      const parsed = parseTemplate(file);
      found.push(...(parsed.ok ? parsed.warnings : parsed.diagnostics));
      return parsed.ok ? { ...placeInFolders(path, ending), file, template: parsed.value } : [];
    });
  const byName = (read: readonly TemplateFile<Template>[]): ReadonlyMap<string, Template> =>
    new Map(read.map((t) => [t.name, t.template]));
  return {
    models: readAll(files.models, /\.sql$/),
    singularTests: readAll(files.singularTests, /\.test\.sql$/),
    macros: new Map([...libraryMacros(), ...byName(readAll(files.macros, /\.sql$/))]),
    genericTests: byName(readAll(files.genericTests, /\.sql$/)),
  };
};
