/** `galley compile`: the SQL of the selected models as it would be sent to live, written to target/compiled/ as well. */
import { exitOf } from "../domain/exit-code.ts";
import { shownText } from "../domain/sql.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { compile as compileNodes } from "../stages/compile/compile.ts";
import { compileInline } from "../stages/compile/inline-query.ts";
import { select } from "../stages/select/select.ts";
import type { CompiledText } from "./answers.ts";
import type { Command, CommandContext, CommandResult } from "./context.ts";
import type { CompileInput } from "./inputs.ts";
import { inlineScope, liveRun } from "./live-run.ts";
import { type OpenProject, openProject, tell } from "./open-project.ts";
import { writeCompiled } from "./write-compiled.ts";

export const compile: Command<CompileInput, readonly CompiledText[]> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  if (input.inline !== undefined) return inline(context, opened.value, input.inline);
  const { manifest, project } = opened.value;
  const selected = select(manifest, input);
  tell(context, selected);
  if (!selected.ok) return { exitCode: exitOf(selected.diagnostics), value: undefined };
  const compiled = await compileNodes(manifest, selected.value.nodes, liveRun(context), dataTests);
  tell(context, compiled);
  if (!compiled.ok) return { exitCode: exitOf(compiled.diagnostics), value: undefined };
  await writeCompiled(project.root, manifest, compiled.value);
  const texts = [...compiled.value.models].flatMap(([id, model]): CompiledText[] => {
    const node = manifest.nodes.get(id);
    const name = node?.name ?? id;
    const whole = { id, name, path: node?.path, sql: shownText(model.query) };
    return model.later === undefined
      ? [whole]
      : [whole, { ...whole, name: `${name} (new rows)`, sql: shownText(model.later) }];
  });
  return { exitCode: 0, value: texts };
};

const inline = async (
  context: CommandContext,
  opened: OpenProject,
  text: string,
): Promise<CommandResult<readonly CompiledText[]>> => {
  const compiled = await compileInline(opened.manifest, text, inlineScope(opened), liveRun(context));
  tell(context, compiled);
  if (!compiled.ok) return { exitCode: exitOf(compiled.diagnostics), value: undefined };
  return { exitCode: 0, value: [{ id: undefined, name: "inline", path: undefined, sql: shownText(compiled.value) }] };
};
