/** From a reference in a property file to what it asks for: `ref('x')`, `source('a', 'b')`, or a bare name, which means ref. */
import type { ReferenceRequest } from "../../domain/rendered.ts";
import type { Located, Span } from "../../domain/source.ts";

export type YamlReference = { readonly request: ReferenceRequest; readonly span: Span };

/** Undefined where the text is none of these forms. */
export const yamlReference = ({ value, span }: Located<string>): YamlReference | undefined => {
  const call = calledReference({ value, span });
  if (call !== undefined) return call;
  const isBare = /^[^\s()'"{}]+$/.test(value);
  return isBare ? { request: { kind: "ref", name: value }, span } : undefined;
};

const REF = /^\s*ref\s*\(\s*(["'])(?<name>[^"']*)\1\s*\)\s*$/;
const SOURCE = /^\s*source\s*\(\s*(["'])(?<source>[^"']*)\1\s*,\s*(["'])(?<table>[^"']*)\3\s*\)\s*$/;

/** Only the two forms that cannot be anything else. */
export const calledReference = ({ value, span }: Located<string>): YamlReference | undefined => {
  const ref = REF.exec(value)?.groups;
  if (ref !== undefined) return { request: { kind: "ref", name: ref["name"] ?? "" }, span };
  const source = SOURCE.exec(value)?.groups;
  if (source === undefined) return undefined;
  return { request: { kind: "source", source: source["source"] ?? "", table: source["table"] ?? "" }, span };
};
