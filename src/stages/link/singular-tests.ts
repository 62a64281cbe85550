/** From the singular tests below models/ (`*.test.sql`) to data-test nodes: queries of failing rows, configured by their headers. */
import type { DataTestConfig } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { nodeId } from "../../domain/names.ts";
import { folderLayers, type TemplateFile } from "../../domain/project.ts";
import { wholeFile } from "../../domain/source.ts";
import { evaluate } from "../../template/evaluate.ts";
import type { Template } from "../../template/syntax.ts";
import { dataTestConfig } from "./configs.ts";
import { headerLayer } from "./declare.ts";
import type { LinkedTest, TestContext } from "./generic-tests.ts";
import { type MergedConfig, mergedValue, mergeLayers } from "./layers.ts";

/** Undefined where it is switched off or wrong. */
export const linkSingularTest = (
  from: TemplateFile<Template>,
  context: TestContext,
  found: Diagnostic[],
): LinkedTest | undefined => {
  const header = headerLayer(from.template, "data test config", context.scope, found);
  const fqn = [...from.folders, from.name];
  const merged = mergeLayers([...folderLayers(context.folders, fqn), header]);
  const config = dataTestConfig(merged, from.file, found);
  if (!config.enabled) return undefined;
  found.push(...sharesOfNothing(from.name, config, merged));
  const body = evaluate(from.template, context.scope);
  found.push(...(body.ok ? body.warnings : body.diagnostics));
  if (!body.ok) return undefined;
  const { pieces, references } = body.value;
  return {
    references,
    node: {
      kind: "data-test",
      id: nodeId(`test.${context.projectName}.${from.name}`),
      name: from.name,
      path: from.file.path,
      fqn,
      tags: config.tags,
      description: "",
      at: wholeFile(from.file),
      config,
      attachedTo: undefined,
      column: undefined,
      test: { kind: "query", name: undefined, body: { pieces, references } },
    },
  };
};

/** Its rows may come from anywhere, so that no share of them says anything. */
const sharesOfNothing = (name: string, { warnIf, errorIf }: DataTestConfig, merged: MergedConfig) =>
  [["warn_if", warnIf] as const, ["error_if", errorIf] as const].flatMap(([key, threshold]) =>
    threshold.isPercent
      ? [
          errorOf(
            "link/bad-threshold",
            `\`${key}\` of \`${name}\` is a share, and a singular test does not say of what`,
            {
              at: mergedValue(merged, key)?.span,
              help: 'a number of failing rows: "> 10"; or count in the query, and give back a row if there are too many',
            },
          ),
        ]
      : [],
  );
