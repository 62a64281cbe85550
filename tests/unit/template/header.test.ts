import { describe, expect, it } from "vitest";
import { plainOf } from "../../../src/domain/tree.ts";
import { readHeader } from "../../../src/template/evaluate.ts";
import { complaints, evaluation, scopeOf, shown, templateOf, textAt } from "../../support/templates.ts";

const headerOf = (text: string) => {
  const outcome = readHeader(templateOf(text), scopeOf());
  if (!outcome.ok) return outcome.diagnostics.map(shown);
  return Object.fromEntries((outcome.value?.entries ?? []).map((e) => [e.key.value, plainOf(e.value)]));
};

describe("the header", () => {
  it("says scalars and lists, of literals, vars and what is made of them", () => {
    expect(
      headerOf(
        '{{!-- x --}}\n{{config materialized="table" tags=(list "a" "b") enabled=(var "on") rows=(var "windows") dev=(eq target.name "dev") alias=null}}\nselect {{ref "lost"}}',
      ),
    ).toEqual({ materialized: "table", tags: ["a", "b"], enabled: true, rows: [5, 10], dev: true, alias: null });
  });
  it("may follow SQL comments", () => {
    expect(headerOf('-- what it is\n/* and\nwhy */\n{{config tags="a"}}\nselect 1')).toEqual({ tags: "a" });
  });
  it("is nothing where there is none", () => {
    expect(headerOf("select 1")).toEqual({});
  });
  it("knows the place of each key and value", () => {
    const outcome = evaluation('{{config materialized="table" tags=(list "a" "b")}}\nselect 1');
    const entries = outcome.ok ? (outcome.value.header?.entries ?? []) : [];
    expect(entries.map((e) => [textAt(e.key.span), textAt(e.value.span)])).toEqual([
      ["materialized", '"table"'],
      ["tags", '(list "a" "b")'],
    ]);
    const tags = entries[1]?.value;
    expect(tags?.kind === "list" && tags.items.map((i) => textAt(i.span))).toEqual(['"a"', '"b"']);
  });
  it("holds no structures, references, unnamed values or repetitions", () => {
    expect(headerOf('{{config "table" meta=(var "sport") x=(ref "a") tags="a" tags="b"}}')).toEqual([
      'template/bad-header at "\\"table\\"": a header\'s values have names; write {{config materialized="table" tags=(list "a" "b")}}',
      'template/bad-header at "(var \\"sport\\")": meta has a structure that a header does not hold; set meta in the property file',
      'template/bad-header at "\\"a\\"": a header holds no references; leave it out',
      'template/bad-header at "tags": tags is set twice; leave one out',
    ]);
  });
  it("stands in no macro", () => {
    expect(complaints("{{> m}}", scopeOf({ m: '{{config tags="a"}}1' }))).toEqual([
      'template/misplaced-tag at "{{config tags=\\"a\\"}}": {{config}} stands in the macro m; a macro is no node: what calls it has the header',
    ]);
  });
  it("stands once, at the top", () => {
    expect(complaints('select 1 {{config tags="a"}}')).toEqual([
      'template/misplaced-tag at "{{config tags=\\"a\\"}}": {{config}} stands below the top; move it to the top of the file: only comments may stand before it',
    ]);
    expect(complaints('{{config tags="a"}}{{config tags="b"}}')).toEqual([
      'template/misplaced-tag at "{{config tags=\\"b\\"}}": {{config}} stands here a second time; put all of it into the first one',
    ]);
    expect(complaints('{{#if (var "on")}}{{config tags="a"}}{{/if}}').map((c) => c.split(" ")[0])).toEqual([
      "template/misplaced-tag",
    ]);
  });
});
