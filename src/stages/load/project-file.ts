/** From project.yml to what it says: its name, the run's target, vars, settings; folder config waits for the folders. */
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { RUN_HOOK_KEYS } from "../../domain/hooks.ts";
import type { ProjectSettings } from "../../domain/project.ts";
import type { Located, SourceFile } from "../../domain/source.ts";
import type { Target } from "../../domain/target.ts";
import { entryOf, type PlainValue, type Tree, type TreeEntry } from "../../domain/tree.ts";
import { namesAt, textAt, valueAt } from "../../domain/tree-read.ts";
import { interpolate, interpolateEntry } from "./interpolate.ts";
import { leastCoverageOf } from "./least-coverage.ts";
import { readYaml } from "./read-yaml.ts";
import { type TargetRequest, targetOf } from "./targets.ts";
import { varsOf } from "./vars.ts";

export type ProjectFile = {
  readonly file: SourceFile;
  readonly name: Located<string>;
  readonly schema: Located<string>;
  readonly target: Target;
  readonly vars: ReadonlyMap<string, PlainValue>;
  readonly settings: ProjectSettings;
  /** Filled in, but for `targets:`. */
  readonly tree: Tree;
};

export type Surroundings = {
  readonly env: (name: string) => string | undefined;
  readonly givenVars: readonly TreeEntry[];
  readonly target: TargetRequest;
};

export const readProjectFile = (
  file: SourceFile,
  { env, givenVars, target: request }: Surroundings,
  found: Diagnostic[],
): ProjectFile | undefined => {
  const read = readYaml(file, found);
  if (read === undefined) return undefined;
  const written = answerFlags(read, found);
  if (written.kind !== "mapping") {
    found.push(...checkMapping(written, "project"));
    return undefined;
  }
  const declared = valueAt(written, "vars");
  const vars = varsOf(declared && interpolate(declared, { env, vars: undefined }, found), givenVars, found);
  const scope = { env, vars };
  const target = targetOf(written, request, scope, found);
  const tree: Tree = {
    ...written,
    entries: written.entries.map((e) =>
      e.key.value === "targets" || e.key.value === "vars" ? e : { ...e, value: interpolateEntry(e, scope, found) },
    ),
  };
  found.push(...checkMapping(tree, "project"));
  const name = textAt(tree, "name");
  const schema = textAt(tree, "schema");
  if (name !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name.value))
    found.push(
      errorOf("load/project-name", `\`${name.value}\` cannot name a project`, {
        at: name.span,
        help: "letters, digits and underscores, not beginning with a digit: it is part of every node's id",
      }),
    );
  if (name === undefined || schema === undefined || target === undefined) return undefined;
  return { file, name, schema, target, vars, settings: settingsOf(tree, found), tree };
};

const settingsOf = (tree: Tree, found: Diagnostic[]): ProjectSettings => ({
  extensions: namesAt(tree, "extensions").map((n) => n.value),
  publish: textAt(tree, "publish")?.value === "batches" ? "batches" : "all",
  failures: entryOf(tree, "failures"),
  coverage: leastCoverageOf(valueAt(tree, "coverage"), found),
  onRunStart: valueAt(tree, RUN_HOOK_KEYS.start),
  onRunEnd: valueAt(tree, RUN_HOOK_KEYS.end),
});

/** dbt's `flags:` hold settings of its command line, or feature flags by misunderstanding. */
const answerFlags = (tree: Tree, found: Diagnostic[]): Tree => {
  if (tree.kind !== "mapping") return tree;
  const flags = tree.entries.find((e) => e.key.value === "flags");
  if (flags === undefined) return tree;
  found.push(
    errorOf("load/flags-block", "`flags:` is dbt's: Galley has no such block", {
      at: flags.key.span,
      help: 'a feature flag is a boolean var: `vars: { football: false }`, read with `{{var "football"}}`, set with --vars; dbt\'s own flags are options of the command line here',
    }),
  );
  return { ...tree, entries: tree.entries.filter((e) => e !== flags) };
};
