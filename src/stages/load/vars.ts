/** The project's vars: what `vars:` declares, with what the command line says in its place. */
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { type PlainValue, plainOf, type Tree, type TreeEntry } from "../../domain/tree.ts";
import { entriesOf } from "../../domain/tree-read.ts";
import { suggest } from "../../lib/suggest.ts";
import { readYaml } from "./read-yaml.ts";

/** `--vars`: a YAML mapping, `{rolling_games: 3}` or `rolling_games: 3`. */
export const parseVars = (text: string): Outcome<readonly TreeEntry[]> => {
  const found: Diagnostic[] = [];
  const file = { path: "--vars", text };
  const tree = readYaml(file, found);
  if (tree === undefined || found.length > 0) return failed(...found);
  if (tree.kind === "mapping") return ok(tree.entries);
  const help = "for example --vars '{rolling_games: 3}'";
  return failed(errorOf("load/vars-no-mapping", "--vars takes a YAML mapping", { at: tree.span, help }));
};

/** An undeclared var on the command line is an error: a slip there would go unseen. */
export const varsOf = (
  declared: Tree | undefined,
  given: readonly TreeEntry[],
  found: Diagnostic[],
): ReadonlyMap<string, PlainValue> => {
  const vars = new Map(entriesOf(declared).map((e) => [e.key.value, plainOf(e.value)]));
  for (const { key, value } of given) {
    if (vars.has(key.value)) {
      vars.set(key.value, plainOf(value));
      continue;
    }
    const near = suggest(key.value, vars.keys());
    found.push(
      errorOf("load/unknown-var", `the project has no var \`${key.value}\``, {
        at: key.span,
        help: near === undefined ? "declare it under `vars:` in project.yml" : `did you mean \`${near}\`?`,
      }),
    );
  }
  return vars;
};
