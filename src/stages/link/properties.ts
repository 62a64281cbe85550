/** Pairs entries of property files with the models and seeds that they speak of. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { NodeProperties, Project } from "../../domain/project.ts";
import { suggest } from "../../lib/suggest.ts";

export type PropertiesOf = (kind: NodeProperties["kind"], name: string) => NodeProperties | undefined;

/** An entry for nothing, and a second one for the same node, are errors: what they say would silently not happen. */
export const claimProperties = (
  project: Pick<Project<unknown>, "models" | "seeds" | "properties">,
  found: Diagnostic[],
): PropertiesOf => {
  const names = {
    model: new Set(project.models.map((m) => m.name)),
    seed: new Set(project.seeds.map((s) => s.name)),
  };
  const claimed = new Map<string, NodeProperties>();
  for (const properties of project.properties) {
    const { kind, name } = properties;
    const key = `${kind} ${name.value}`;
    const first = claimed.get(key);
    if (!names[kind].has(name.value)) found.push(entryForNothing(properties, names));
    else if (first === undefined) claimed.set(key, properties);
    else {
      const notes = [{ message: "first here", at: first.name.span }];
      const message = `${kind} \`${name.value}\` has two entries in property files`;
      found.push(errorOf("link/duplicate-properties", message, { at: name.span, notes, help: "merge them into one" }));
    }
  }
  return (kind, name) => claimed.get(`${kind} ${name}`);
};

const entryForNothing = (
  { kind, name }: NodeProperties,
  names: Readonly<Record<NodeProperties["kind"], ReadonlySet<string>>>,
): Diagnostic => {
  const other = kind === "model" ? "seed" : "model";
  const near = suggest(name.value, names[kind]);
  const help = names[other].has(name.value)
    ? `it is a ${other}: move the entry under \`${other}s:\``
    : near === undefined
      ? `a ${kind} is a file of that name in ${kind}s/`
      : `did you mean \`${near}\`?`;
  return errorOf("link/properties-of-nothing", `there is no ${kind} \`${name.value}\``, { at: name.span, help });
};
