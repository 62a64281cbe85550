/** The SQL of models in a check, where references mean what the check has put in their place. */
import type { Manifest } from "../domain/manifest.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import type { CompileModels } from "../stages/check/leakage/stage.ts";
import { compile } from "../stages/compile/compile.ts";
import type { CommandContext } from "./context.ts";

/** What is doubtful in a query is told once: a check compiles it for each cut-off. */
export const compilePastModels = (context: CommandContext, manifest: Manifest): CompileModels => {
  const told = new Set<string>();
  const startedAt = context.now();
  return async (relations, nodes) => {
    const run = { view: { kind: "past", relations }, startedAt, invocationId: context.runId } as const;
    const compiled = await compile(manifest, nodes, run, dataTests);
    for (const diagnostic of compiled.ok ? compiled.warnings : compiled.diagnostics) {
      const key = `${diagnostic.code} ${diagnostic.message} ${diagnostic.at?.file.path} ${diagnostic.at?.start}`;
      if (!told.has(key)) context.emit({ kind: "diagnostic", diagnostic });
      told.add(key);
    }
    if (!compiled.ok) return compiled;
    return { ...compiled, value: new Map([...compiled.value.models].map(([id, { query }]) => [id, query])) };
  };
};
