/** Handlebars' tree in, our closed tree out, or what of it Galley leaves out. */

import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { type Span, spanOf } from "../domain/source.ts";
import { unreachable } from "../domain/unreachable.ts";
import { suggest } from "../lib/suggest.ts";
import { callOrValue, expression, named } from "./convert-expression.ts";
import type { HbBlock, HbContent, HbMustache, HbPartial, HbProgram, HbStatement } from "./handlebars-parser.ts";
import type { Places } from "./places.ts";
import type { ReadTree } from "./standing.ts";
import { BLOCKS, type BlockName, type Expression, type Statement, type Tag, type Template } from "./syntax.ts";

type Conversion = Places & {
  readonly standIns: ReadTree["standIns"];
  readonly found: Diagnostic[];
  readonly tags: Map<string, Tag>;
  /** Nothing but comments and white space so far: the only place for a tag. */
  isAtTop: boolean;
};

export const convert = (tree: ReadTree, places: Places): { template: Template; found: readonly Diagnostic[] } => {
  const c: Conversion = { ...places, standIns: tree.standIns, found: [], tags: new Map(), isAtTop: true };
  const body = statements(c, tree.program);
  const template = { file: c.file, config: c.tags.get("config"), params: c.tags.get("params"), body };
  return { template, found: c.found };
};

/** White space and SQL comments. */
const SAYS_NOTHING = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*$/;

const statements = (c: Conversion, program: HbProgram | undefined): readonly Statement[] => {
  const converted: Statement[] = [];
  for (const node of program?.body ?? []) {
    const standIn = c.standIns.get(node);
    if (standIn === "tag") tag(c, node as HbMustache);
    else {
      const one = standIn === "partial" ? macroCall(c, node as HbPartial) : statement(c, node);
      if (one !== undefined) converted.push(one);
    }
    const isBlank =
      node.type === "CommentStatement" || (node.type === "ContentStatement" && SAYS_NOTHING.test(node.original));
    if (!isBlank) c.isAtTop = false;
  }
  return converted;
};

const statement = (c: Conversion, node: HbStatement): Statement | undefined => {
  switch (node.type) {
    case "ContentStatement":
      return text(c, node);
    case "CommentStatement":
      return undefined;
    case "MustacheStatement":
      if (!("path" in node)) throw new Error("a comment or partial passed as a mustache");
      return { kind: "output", expression: callOrValue(c, node), span: c.spanAt(node.loc) };
    case "BlockStatement":
      return block(c, node);
    case "PartialStatement":
      return macroCall(c, node);
    case "PartialBlockStatement":
      return refuse(c, c.spanAt(node.loc), "a macro call has no body", "write {{> macro name=value}}");
    case "Decorator":
    case "DecoratorBlock":
      return refuse(
        c,
        c.spanAt(node.loc),
        "decorators and inline partials are left out",
        "a macro is a file of its own: macros/<name>.sql",
      );
    default:
      return unreachable(node);
  }
};

const refuse = (c: Conversion, at: Span, message: string, help: string): undefined => {
  c.found.push(errorOf("template/not-supported", message, { at, help }));
  return undefined;
};

/** Whitespace control only cuts at the ends, so what is left is a slice of the file. */
const text = (c: Conversion, { loc, value, original }: HbContent): Statement | undefined => {
  if (value === "") return undefined;
  const leading = (s: string): number => s.length - s.trimStart().length;
  const isBlank = value.trim() === "";
  const cut = isBlank ? original.indexOf(value) : leading(original) - leading(value);
  const start = c.spanAt(loc).start + cut;
  return { kind: "text", text: value, span: spanOf(c.file, start, start + value.length) };
};

const tag = (c: Conversion, node: HbMustache): void => {
  const name = node.path.type === "PathExpression" ? node.path.original : "";
  const span = c.spanAt(node.loc);
  const first = c.tags.get(name);
  if (first !== undefined)
    c.found.push(
      errorOf("template/misplaced-tag", `{{${name}}} stands here a second time`, {
        at: span,
        notes: [{ message: "the first one", at: first.span }],
        help: "put all of it into the first one",
      }),
    );
  else if (!c.isAtTop)
    c.found.push(
      errorOf("template/misplaced-tag", `{{${name}}} stands below the top`, {
        at: span,
        help: `move it to the top of the file: only comments may stand before it`,
      }),
    );
  else c.tags.set(name, { positional: node.params.map((p) => expression(c, p)), named: named(c, node.hash), span });
};

const block = (c: Conversion, node: HbBlock): Statement | undefined => {
  c.isAtTop = false;
  const span = c.spanAt(node.path.loc);
  const name = node.path.type === "PathExpression" ? node.path.original : "";
  const isRaw = c.file.text.startsWith("{{{{", c.spanAt(node.loc).start);
  if (isRaw) return rawBlock(c, node, name, span);
  const body = statements(c, node.program);
  const otherwise = statements(c, node.inverse);
  const known = BLOCKS.find((b) => b === name);
  if (known === undefined) {
    const near = suggest(name, BLOCKS);
    const help = near === undefined ? `blocks are ${BLOCKS.map((b) => `#${b}`).join(", ")}` : `did you mean #${near}?`;
    return refuse(c, span, `there is no block named ${name}`, help);
  }
  const subject = blockSubject(c, node, known, span);
  if (subject === undefined) return undefined;
  const blockParameters = node.program?.blockParams ?? [];
  return { kind: "block", name: known, subject, blockParameters, body, otherwise, span };
};

const blockSubject = (c: Conversion, node: HbBlock, name: BlockName, at: Span): Expression | undefined => {
  const [subject, more] = node.params;
  if (subject === undefined || more !== undefined || node.hash !== undefined) {
    const help = `write {{#${name} value}}, with a helper in parentheses: {{#${name} (var "x")}}`;
    c.found.push(errorOf("template/bad-arguments", `#${name} takes one value`, { at, help }));
    return undefined;
  }
  return expression(c, subject);
};

/** What stands in a raw block is one text, braces included. */
const rawBlock = (c: Conversion, node: HbBlock, name: string, span: Span): Statement | undefined => {
  if (name !== "raw" || node.params.length > 0)
    return refuse(c, span, `there is no raw block named ${name}`, "write {{{{raw}}}} … {{{{/raw}}}}");
  const [content] = node.program?.body ?? [];
  return content?.type === "ContentStatement" ? text(c, content) : undefined;
};

const macroCall = (c: Conversion, node: HbPartial): Statement | undefined => {
  const span = c.spanAt(node.loc);
  const nameSpan = c.spanAt(node.name.loc);
  const name =
    node.name.type === "PathExpression"
      ? node.name.original
      : node.name.type === "StringLiteral"
        ? node.name.value
        : undefined;
  if (name === undefined)
    return refuse(c, nameSpan, "a macro's name cannot be computed", "write the name, or choose with {{#if}}");
  const [first] = node.params;
  if (first !== undefined) {
    const at = c.spanAt(first.loc);
    const help = `name the parameter: {{> ${name} parameter=${c.file.text.slice(at.start, at.end)}}}`;
    c.found.push(errorOf("template/macro-arguments", "a macro's arguments have names", { at, help }));
    return undefined;
  }
  return { kind: "macro", name, nameSpan, named: named(c, node.hash), span };
};
