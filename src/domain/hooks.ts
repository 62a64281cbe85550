/** SQL that a project wants run beside its nodes and its runs: as linked, as compiled, and as a task will run it. */
import type { Rendered } from "./rendered.ts";
import type { Span } from "./source.ts";
import type { Sql } from "./sql.ts";

/** `at` is the hook's own place in YAML or in a header. */
type HookCommon = { readonly isInTransaction: boolean; readonly at: Span };

export type Hook = HookCommon & { readonly body: Rendered };

/** In the order in which they run: those of the project first, the node's own last. */
export type NodeHooks<H = Hook> = { readonly pre: readonly H[]; readonly post: readonly H[] };

/** `on-run-start` and `on-run-end`. */
export type RunHooks<H = Hook> = { readonly start: readonly H[]; readonly end: readonly H[] };

/** Its statements one by one, because some of them stand in no transaction with others. */
export type CompiledHook = HookCommon & { readonly statements: readonly Sql[] };

export const noHooks = { pre: [], post: [] } as const satisfies NodeHooks;

/** Keys of config that hold hooks; dbt writes them with either sign. */
export const NODE_HOOK_KEYS = { pre: ["pre_hook", "pre-hook"], post: ["post_hook", "post-hook"] } as const;
export const RUN_HOOK_KEYS = { start: "on-run-start", end: "on-run-end" } as const;

const HOOK_KEYS: readonly string[] = [
  ...NODE_HOOK_KEYS.pre,
  ...NODE_HOOK_KEYS.post,
  RUN_HOOK_KEYS.start,
  RUN_HOOK_KEYS.end,
];

/** Its values are templates, the only ones in YAML. */
export const isHookKey = (key: string): boolean => HOOK_KEYS.includes(key.replace(/^\+/, ""));

/** What `{{run_outcome}}` can be. */
export type RunOutcome = "published" | "failed" | "refused" | "cancelled";
