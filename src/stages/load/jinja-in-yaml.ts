/** From a YAML file to an error for each `{{ … }}` or `{% … %}` outside comments, with the same thing said in Galley's way. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type SourceFile, spanOf } from "../../domain/source.ts";
import { lineAround } from "../../lib/text-position.ts";

export const jinjaIn = (file: SourceFile): readonly Diagnostic[] => {
  // Almost no file has any: one search decides.
  if (!file.text.includes("{{") && !file.text.includes("{%")) return [];
  const found: Diagnostic[] = [];
  for (const match of file.text.matchAll(/\{\{-?\s*([\s\S]*?)\s*-?\}\}|\{%[\s\S]*?%\}/g)) {
    if (isComment(file.text, match.index)) continue;
    found.push(
      errorOf("load/template-in-yaml", "YAML files are no templates", {
        at: spanOf(file, match.index, match.index + match[0].length),
        help: translation(match[1]),
      }),
    );
  }
  return found;
};

const isComment = (text: string, at: number): boolean => {
  const before = text.slice(lineAround(text, at).start, at);
  return /^\s*#|\s#/.test(before.replace(/"[^"]*"|'[^']*'/g, ""));
};

const QUOTED = `["']([^"']*)["']`;
const VAR = new RegExp(`^var\\s*\\(?\\s*${QUOTED}\\s*(?:,\\s*[^)]*)?\\)?$`);
const ENV = new RegExp(`^env(?:_var)?\\s*\\(?\\s*${QUOTED}\\s*(?:,?\\s*${QUOTED}\\s*)?\\)?$`);
const CALL = /^(?:ref|source)\s*\(.*\)$/;

const translation = (inside: string | undefined): string => {
  if (inside === undefined) return "choose with a boolean var: `enabled: ${var.name}`";
  const asVar = VAR.exec(inside);
  if (asVar !== null) return `write \`"\${var.${asVar[1]}}"\``;
  const asEnv = ENV.exec(inside);
  if (asEnv !== null) return `write \`"\${${asEnv[1]}${asEnv[2] === undefined ? "" : `:-${asEnv[2]}`}}"\``;
  if (CALL.test(inside)) return `write \`${inside}\`, without braces`;
  if (inside.startsWith("doc")) return "write the description here: there are no doc blocks";
  return "YAML knows `${ENV}`, `${ENV:-default}` and `${var.name}`, and nothing else";
};
