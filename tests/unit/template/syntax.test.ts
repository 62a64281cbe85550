import { describe, expect, it } from "vitest";
import { complaints } from "../../support/templates.ts";

const forms =
  "a tag is {{helper argument name=value}}, {{#block value}} … {{/block}} or {{> macro name=value}}; arguments are separated by blanks";

describe("a template that does not parse", () => {
  it("is refused when its blocks fill the stack", () => {
    const text = `${"{{#if true}}".repeat(3_000)}x${"{{/if}}".repeat(3_000)}`;
    expect(complaints(text)).toEqual([expect.stringMatching(/^template\/syntax at "": \S+ nests too deeply$/)]);
  });
  it("is reported at the token that cannot stand there", () => {
    expect(complaints("select 1,\n  ü {{a @!}}")).toEqual([`template/syntax at "!": "!" cannot stand here; ${forms}`]);
    expect(complaints("{{!-- x --}} {{#if a > b}}{{/if}}")).toEqual([
      `template/syntax at ">": ">" cannot stand here; ${forms}`,
    ]);
    expect(complaints("{{a/../b}}")).toEqual(['template/syntax at "a/../b": invalid path: a/..']);
  });
  it("is reported at the tag that is not ended", () => {
    const help = "end it with }}, or write \\{{ for two plain braces";
    for (const text of ['a {{ref "x"', "a {{", "a {{#if x", 'a {{ref "x" from {{ref "y"}}'])
      expect(complaints(text), text).toEqual([`template/syntax at "{{": a tag is opened and not closed; ${help}`]);
  });
  it("is reported at the block that is not closed, or closed by another name", () => {
    expect(complaints("{{#each a}}{{!-- {{/each}} --}}{{#if b}}{{/if}}")).toEqual([
      'template/unclosed-block at "{{#each": {{#each}} is not closed; end it with {{/each}}',
    ]);
    expect(complaints("\n {{#if a}}{{/each}}")).toEqual([
      'template/unclosed-block at "if": {{#if}} is closed by {{/each}}; close it with {{/if}}',
    ]);
  });
});
