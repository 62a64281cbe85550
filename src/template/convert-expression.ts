/** An expression of Handlebars' tree in, ours out. */
import { type Span, spanOf } from "../domain/source.ts";
import { unreachable } from "../domain/unreachable.ts";
import type { HbExpression, HbHash, HbMustache, HbPath } from "./handlebars-parser.ts";
import type { Places } from "./places.ts";
import type { Expression, NamedArgument, Path } from "./syntax.ts";

export const callOrValue = (c: Places, node: HbMustache): Expression =>
  node.params.length === 0 && node.hash === undefined
    ? expression(c, node.path)
    : call(c, node, spanOf(c.file, c.spanAt(node.path.loc).start, lastEnd(c, node)));

const lastEnd = (c: Places, node: HbMustache): number =>
  Math.max(...node.params.map((p) => c.spanAt(p.loc).end), ...(node.hash?.pairs ?? []).map((p) => c.spanAt(p.loc).end));

const call = (
  c: Places,
  node: { path: HbExpression; params: readonly HbExpression[]; hash?: HbHash },
  span: Span,
): Expression => ({
  kind: "call",
  callee: calleeOf(c, node.path),
  positional: node.params.map((p) => expression(c, p)),
  named: named(c, node.hash),
  span,
});

const calleeOf = (c: Places, node: HbExpression): Path => {
  if (node.type === "PathExpression") return path(c, node);
  const span = c.spanAt(node.loc);
  const original = c.file.text.slice(span.start, span.end);
  return { kind: "path", isData: false, isScoped: false, depth: 0, parts: [original], original, span };
};

export const expression = (c: Places, node: HbExpression): Expression => {
  const span = c.spanAt(node.loc);
  switch (node.type) {
    case "StringLiteral":
      return { kind: "text", value: node.value, span, content: spanOf(c.file, span.start + 1, span.end - 1) };
    case "NumberLiteral":
    case "BooleanLiteral":
      return { kind: "plain", value: node.value, span };
    case "NullLiteral":
    case "UndefinedLiteral":
      return { kind: "plain", value: null, span };
    case "PathExpression":
      return path(c, node);
    case "SubExpression":
      return call(c, node, span);
    default:
      return unreachable(node);
  }
};

const path = (c: Places, node: HbPath): Path => ({
  kind: "path",
  isData: node.data,
  isScoped: !node.data && /^(this\b|\.)/.test(node.original),
  depth: node.depth,
  parts: node.parts,
  original: node.original,
  span: c.spanAt(node.loc),
});

export const named = (c: Places, hash: HbHash | undefined): readonly NamedArgument[] =>
  (hash?.pairs ?? []).map(({ key, value, loc }) => {
    const { start } = c.spanAt(loc);
    return { name: key, nameSpan: spanOf(c.file, start, start + key.length), value: expression(c, value) };
  });
