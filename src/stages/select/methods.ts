/** The methods of selection: each makes, from a criterion's value, a predicate over nodes. */
import type { Node } from "../../domain/manifest.ts";
import { nameMatcher, pathMatcher } from "../../lib/wildcard.ts";
import { configValueAt } from "./config-values.ts";

export type NodePredicate = (node: Node) => boolean;

/** What a method is given: the value, the path after `config.`, and the project's own name. */
export type MethodInput = {
  readonly value: string;
  readonly configPath: readonly string[];
  readonly projectName: string;
};

type Method = (input: MethodInput) => NodePredicate;

const byFqn: Method = ({ value, projectName }) => {
  const isName = nameMatcher(value);
  const isQualified = nameMatcher(value);
  const isBelow = nameMatcher(`${value}.*`);
  return (node) => {
    if (isName(node.name)) return true;
    const path = node.fqn.join(".");
    return [path, `${projectName}.${path}`].some((full) => isQualified(full) || isBelow(full));
  };
};

const byTag: Method = ({ value }) => {
  const isTag = nameMatcher(value);
  return (node) => node.tags.some(isTag);
};

/** A folder takes all that is below it. */
const byPath: Method = ({ value }) => {
  const pattern = value.replace(/^\.\//, "").replace(/\/+$/, "");
  const isPath = pathMatcher(pattern);
  return (node) => {
    const parts = node.path.split("/");
    return parts.some((_, i) => isPath(parts.slice(0, i + 1).join("/")));
  };
};

const byFile: Method = ({ value }) => {
  const isFile = nameMatcher(value);
  return (node) => isFile(node.path.slice(node.path.lastIndexOf("/") + 1));
};

/** `raw`, `raw.matches`, or with the project's name before. */
const bySource: Method = ({ value, projectName }) => {
  const parts = value.split(".");
  const [source = "*", table = "*"] = parts.length > 1 && parts[0] === projectName ? parts.slice(1) : parts;
  const isSource = nameMatcher(source);
  const isTable = nameMatcher(table);
  return (node) => node.kind === "source" && isSource(node.sourceName) && isTable(tableOf(node));
};

const tableOf = (node: Node): string => node.fqn.at(-1) ?? node.name;

const byConfig: Method = ({ value, configPath }) => {
  const isValue = nameMatcher(value);
  return (node) => configValueAt(node, configPath).some((text) => isValue(text) || text === value.toLowerCase());
};

const KIND_WORDS: Readonly<Record<Node["kind"], readonly string[]>> = {
  model: ["model"],
  seed: ["seed"],
  snapshot: ["snapshot"],
  source: ["source"],
  "data-test": ["test", "data_test", "data-test"],
  "unit-test": ["unit_test", "unit-test"],
};

export const RESOURCE_TYPES = ["model", "seed", "snapshot", "source", "test", "unit_test"] as const;

const byResourceType: Method = ({ value }) => {
  const isType = nameMatcher(value);
  return (node) => KIND_WORDS[node.kind].some(isType);
};

const byTestName: Method = ({ value }) => {
  const isName = nameMatcher(value);
  return (node) => node.kind === "data-test" && node.test.name !== undefined && isName(node.test.name);
};

const byUnitTest: Method = ({ value }) => {
  const isName = nameMatcher(value);
  return (node) => node.kind === "unit-test" && isName(node.name);
};

/** `data` means both kinds of data test, as in dbt. */
const byTestType: Method = ({ value }) => {
  const wanted = value.toLowerCase();
  return (node) => {
    if (node.kind === "unit-test") return wanted === "unit";
    if (node.kind !== "data-test") return false;
    return wanted === "data" || wanted === (node.path.endsWith(".sql") ? "singular" : "generic");
  };
};

const METHODS = {
  fqn: byFqn,
  tag: byTag,
  path: byPath,
  file: byFile,
  source: bySource,
  config: byConfig,
  resource_type: byResourceType,
  test_name: byTestName,
  test_type: byTestType,
  unit_test: byUnitTest,
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof METHODS;

export const METHOD_NAMES = Object.keys(METHODS) as readonly MethodName[];

export const isMethodName = (name: string): name is MethodName => Object.hasOwn(METHODS, name);

export const predicateOf = (method: MethodName, input: MethodInput): NodePredicate => METHODS[method](input);
