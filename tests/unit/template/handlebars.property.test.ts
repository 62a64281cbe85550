import fc from "fast-check";
import Handlebars from "handlebars";
import { describe, expect, it } from "vitest";
import { ok } from "../../../src/domain/diagnostic.ts";
import { nodeId } from "../../../src/domain/names.ts";
import type { Scope } from "../../../src/template/evaluate.ts";
import { evaluation, scopeOf, templateOf } from "../../support/templates.ts";

/** What both mean alike: text, values, blocks, whitespace control, comments, raw blocks. Macros differ on purpose. */
const text = fc.oneof(
  fc.constantFrom("\n", "  ", "\r\n", "select ", "\t", "$1 ", "a\\b ", "'%' ", "x }} ", "ü😀", "{ ", "-- x\n", " \n "),
  fc.string({ maxLength: 6 }).filter((s) => !/[{}\\\0]/.test(s)),
);
const strip = fc.constantFrom("", "", "", "~");
const value = fc.constantFrom("(list 1 2)", '"word"', "0", '""', "true", "false", "(list)", "yes", "no", "words");
const tag = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(strip, inner, strip).map(([a, body, b]) => `{{${a}${body}${b}}}`);

const { template } = fc.letrec<{ template: string; statement: string }>((tie) => ({
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    tag(fc.constantFrom("word", 'concat "a" word', "this.word", "five")),
    tag(fc.constantFrom("! note ", "!-- a }} b --")),
    fc.constantFrom("{{{{raw}}}} {{x}} {{{{/raw}}}}", "\\{{x}}", "{{{word}}}"),
    fc
      .tuple(fc.constantFrom("if", "unless", "with"), strip, value, strip, tie("template"), strip, strip)
      .map(([name, a, v, b, body, c, d]) => `{{${a}#${name} ${v}${b}}}${body}{{${c}/${name}${d}}}`),
    fc
      .tuple(strip, value, strip, tie("template"), strip, strip, tie("template"), strip, strip)
      .map(
        ([a, v, b, body, c, d, other, e, f]) => `{{${a}#if ${v}${b}}}${body}{{${c}else${d}}}${other}{{${e}/if${f}}}`,
      ),
    fc
      .tuple(value, tie("template"), value, tie("template"), strip)
      .map(([v, body, w, other, a]) => `{{#if ${v}}}${body}{{${a}else if ${w}}}${other}{{/if}}`),
    fc
      .tuple(fc.constantFrom("(list 1 2)", "words", "(list)"), strip, tie("template"), strip)
      .map(([v, a, body, b]) => `{{#each ${v}${a}}}i{{@index}};${body}{{#if @last}}!{{/if}}{{${b}else}}none{{/each}}`),
  ),
  template: fc.array(tie("statement"), { maxLength: 5 }).map((parts) => parts.join("")),
}));

// Texts only: without escaping, Handlebars adds up two numbers that stand side by side.
const PARAMETERS = { word: "w", five: "5", yes: true, no: false, words: ["x", "y"] };

const scope: Scope = {
  ...scopeOf(),
  parameters: {
    at: { file: { path: "x.yml", text: "" }, start: 0, end: 0 },
    values: new Map(
      Object.entries(PARAMETERS).map(([name, v]) => [
        name,
        { kind: "value", value: v, span: { file: { path: "x.yml", text: "" }, start: 0, end: 0 } },
      ]),
    ),
  },
  resolve: () => ok(nodeId("model.nba.a")),
};

const runtime = Handlebars.create();
runtime.registerHelper("concat", (...all: unknown[]) => all.slice(0, -1).join(""));
runtime.registerHelper("list", (...all: unknown[]) => all.slice(0, -1));
runtime.registerHelper("raw", function raw(this: unknown, options: Handlebars.HelperOptions) {
  return options.fn(this);
});

// Takes its own line with it, and nothing of the body's.
const DECLARED = '{{params "word" "five" "yes" "no" "words"}}\n';

/** In Handlebars a block hides the names outside of it, and `this` at the top is everything. */
const inHandlebars = (body: string): string => body.replaceAll("this.word", "@root.word");
const names = /(?<=[\s(~{])(word|five|yes|no|words)(?=[\s)~}])/g;

describe("our evaluator", () => {
  it("prints what Handlebars' runtime prints, on what both know", () => {
    fc.assert(
      fc.property(template, (body) => {
        const plain = inHandlebars(body).replace(/\{\{[^{}]*\}\}/g, (t) =>
          t.startsWith("{{!") ? t : t.replace(names, "@root.$1"),
        );
        const theirs = runtime.compile(plain, { noEscape: true })(PARAMETERS);
        const ours = evaluation(DECLARED + body.replaceAll("this.word", "word"), scope);
        expect(
          ours.ok ? ours.value.pieces.map((p) => (p.kind === "text" ? p.text : p.kind)).join("") : ours.diagnostics,
        ).toBe(theirs);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("keeps the exact place of every text: a piece is a slice of its file", () => {
    fc.assert(
      fc.property(template, (body) => {
        const { body: statements, file } = templateOf(body);
        const check = (all: typeof statements): void => {
          for (const s of all) {
            if (s.kind === "text") expect(file.text.slice(s.span.start, s.span.end)).toBe(s.text);
            if (s.kind === "block") {
              check(s.body);
              check(s.otherwise);
            }
          }
        };
        check(statements);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
