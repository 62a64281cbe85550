/** A query's parse tree in; the functions that it calls out, by name, with their schema where it says one. */
import { isTree, type Tree } from "./parser.ts";

export type CalledFunction = { readonly schema: string | undefined; readonly name: string };

export const functionsIn = (tree: Tree): readonly CalledFunction[] => {
  const found = new Map<string, CalledFunction>();
  walk(tree, found);
  return [...found.values()];
};

const walk = (node: unknown, found: Map<string, CalledFunction>): void => {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, found);
    return;
  }
  if (!isTree(node)) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "FuncCall" && isTree(value)) note(value, found);
    walk(value, found);
  }
};

const note = (call: Tree, found: Map<string, CalledFunction>): void => {
  const names = (Array.isArray(call["funcname"]) ? call["funcname"] : []).flatMap((part) => {
    const text = isTree(part) && isTree(part["String"]) ? part["String"]["sval"] : undefined;
    return typeof text === "string" ? [text] : [];
  });
  const name = names.at(-1);
  if (name !== undefined) found.set(names.join("."), { schema: names.length > 1 ? names[0] : undefined, name });
};
