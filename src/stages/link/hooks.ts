/** From hooks as they are configured to hooks with their references. */
import type { ModelConfig } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import { type Hook, type NodeHooks, noHooks, RUN_HOOK_KEYS, type RunHooks } from "../../domain/hooks.ts";
import type { NodeId } from "../../domain/names.ts";
import { type Placed, placeOf } from "../../domain/placed-text.ts";
import type { Project } from "../../domain/project.ts";
import { RUN_FACTS } from "../../domain/rendered.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { locatedText, typedScalar, valueAt } from "../../domain/tree-read.ts";
import type { Scope } from "../../template/evaluate.ts";
import type { MergedConfig } from "./layers.ts";
import { renderPlaced } from "./placed-template.ts";

export type HookTrees = Pick<MergedConfig, "preHooks" | "postHooks">;

export type LinkedHooks = { readonly hooks: NodeHooks; readonly references: readonly Located<NodeId>[] };

export const linkHooks = (trees: HookTrees, scope: Scope, found: Diagnostic[]): LinkedHooks => {
  const pre = trees.preHooks.flatMap((tree) => readHooks(tree, scope, found));
  const post = trees.postHooks.flatMap((tree) => readHooks(tree, scope, found));
  return { hooks: { pre, post }, references: [...pre, ...post].flatMap((hook) => hook.body.references) };
};

/** An ephemeral model is never built: what folders say of hooks does not concern it, what it says itself would be lost. */
export const modelHooks = (
  { name, config, hooks }: { readonly name: string; readonly config: ModelConfig; readonly hooks: HookTrees },
  scope: Scope,
  found: Diagnostic[],
): LinkedHooks => {
  if (config.materialized !== "ephemeral") return linkHooks(hooks, scope, found);
  const own = [...hooks.preHooks, ...hooks.postHooks].find((tree) => tree.span.file.path !== PROJECT_FILE);
  if (own !== undefined)
    found.push(
      warningOf("link/hook-on-ephemeral", `\`${name}\` is ephemeral and never built, so its hook does not run`, {
        at: own.span,
        help: "take it out, or give the model another materialization",
      }),
    );
  return { hooks: noHooks, references: [] };
};

const PROJECT_FILE = "project.yml";

/** They make no edges: they run before the first node and after the last. */
export const linkRunHooks = (
  { settings }: Pick<Project<unknown>, "settings">,
  scope: Scope,
  found: Diagnostic[],
): RunHooks => ({
  start: ofRun(settings.onRunStart, RUN_HOOK_KEYS.start, scope, found),
  end: ofRun(settings.onRunEnd, RUN_HOOK_KEYS.end, { ...scope, runFacts: [...RUN_FACTS, "run_outcome"] }, found),
});

const ofRun = (tree: Tree | undefined, key: string, scope: Scope, found: Diagnostic[]): readonly Hook[] => {
  if (tree === undefined) return [];
  const hooks = readHooks(tree, scope, found);
  for (const { body } of hooks)
    for (const piece of body.pieces)
      if (piece.kind === "this")
        found.push(
          errorOf("config/hook", `{{this}} means nothing in \`${key}\`: a run is no relation`, {
            at: piece.origin.span,
            help: 'name the relation: {{ref "…"}} or {{source "…" "…"}}',
          }),
        );
  return hooks;
};

/** One hook, or a list of them; a key with nothing behind it has none. */
const readHooks = (tree: Tree, scope: Scope, found: Diagnostic[]): readonly Hook[] =>
  (tree.kind === "list" ? tree.items : [tree]).flatMap((item) => {
    if (item.kind === "list") return [];
    if (item.kind === "mapping") found.push(...checkMapping(item, "hook"));
    const written = locatedText(item.kind === "mapping" ? valueAt(item, "sql") : item);
    if (written === undefined || written.value.trim() === "") return [];
    const isInTransaction = typedScalar(valueAt(item, "transaction")) !== false;
    const body = renderedHook(placeOf(written), scope, found);
    return body === undefined ? [] : [{ body, isInTransaction, at: written.span }];
  });

/** The text is read as a file of its own; what was found in it is told at the place where it stands. */
const renderedHook = (placed: Placed, scope: Scope, found: Diagnostic[]): Hook["body"] | undefined => {
  if (placed.isComputed) {
    const help = "write the text out, with {{…}} in it where something is to be filled in; or put it into YAML";
    found.push(
      errorOf("config/hook", "a hook in a header is a text, and this one is computed", { at: placed.at, help }),
    );
    return undefined;
  }
  return renderPlaced(placed, scope, found);
};
