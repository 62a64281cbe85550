/** What is said of an expression that matches no node: which part of it, and what was probably meant. */
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import { isTest, type Manifest, type Node } from "../../domain/manifest.ts";
import { nearest } from "../../lib/suggest.ts";
import { configValueAt } from "./config-values.ts";
import { predicateOf, RESOURCE_TYPES } from "./methods.ts";
import type { Criterion, Term } from "./parse-expression.ts";

export const nothingMatched = (manifest: Manifest, term: Term, severity: "error" | "warning"): Diagnostic => {
  const nodes = [...manifest.nodes.values()];
  const empty = term.criteria.find((criterion) => {
    const isMatch = predicateOf(criterion.method, { ...criterion, projectName: manifest.projectName });
    return !nodes.some(isMatch);
  });
  const make = severity === "error" ? errorOf : warningOf;
  const flag = severity === "error" ? "--select" : "--exclude";
  if (empty === undefined)
    return make("select/nothing-matched", `no node matches all parts of "${term.text}" (${flag})`, {
      help: "a comma means both; write a space for either",
    });
  const inTerm = empty.text === term.text ? "" : ` in "${term.text}"`;
  return make("select/nothing-matched", `"${empty.text}"${inTerm} matches nothing (${flag})`, {
    help: helpFor(manifest, empty, nodes),
  });
};

const helpFor = (manifest: Manifest, criterion: Criterion, nodes: readonly Node[]): string => {
  if (manifest.disabled.has(criterion.value)) return `"${criterion.value}" is switched off by enabled: false`;
  const names = namesFor(criterion, nodes);
  const near = nearest(criterion.value, names, 3).map((name) => `"${prefixOf(criterion)}${name}"`);
  if (near.length > 0) return `did you mean ${near.join(" or ")}?`;
  return names.size > 0 && names.size <= MOST_LISTED
    ? `there is ${[...names].sort((a, b) => (a < b ? -1 : 1)).join(", ")}`
    : "`galley ls` lists what can be selected";
};

/** The method as it was written: what is offered can be typed as it stands. */
const prefixOf = ({ text, value, method, configPath }: Criterion): string => {
  const prefix = `${[method, ...configPath].join(".")}:`;
  return text.includes(`${prefix}${value}`) ? prefix : "";
};

const MOST_LISTED = 12;

/** The names of the world in which the criterion looked. */
const namesFor = ({ method, configPath }: Criterion, nodes: readonly Node[]): ReadonlySet<string> => {
  switch (method) {
    case "tag":
      return new Set(nodes.flatMap((n) => n.tags));
    case "source":
      return new Set(
        nodes.flatMap((n) => (n.kind === "source" ? [n.sourceName, `${n.sourceName}.${n.fqn.at(-1)}`] : [])),
      );
    case "path":
      return new Set(nodes.flatMap((n) => [n.path, ...foldersOf(n.path)]));
    case "file":
      return new Set(nodes.map((n) => n.path.slice(n.path.lastIndexOf("/") + 1)));
    case "config":
      return new Set(nodes.flatMap((n) => configValueAt(n, configPath)));
    case "resource_type":
      return new Set(RESOURCE_TYPES);
    case "test_type":
      return new Set(["generic", "singular", "data", "unit"]);
    case "unit_test":
      return new Set(nodes.flatMap((n) => (n.kind === "unit-test" ? [n.name] : [])));
    case "test_name":
      return new Set(nodes.flatMap((n) => (n.kind === "data-test" && n.test.name !== undefined ? [n.test.name] : [])));
    default: {
      const named = nodes.filter((n) => !isTest(n));
      return new Set(named.flatMap((n) => [n.name, ...n.fqn.slice(0, -1)]));
    }
  }
};

const foldersOf = (path: string): readonly string[] => {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
};
