import { describe, expect, it } from "vitest";
import { complaints, rendered, scopeOf } from "../../support/templates.ts";

const unsafe = (at: string, help: string): string =>
  `template/unsafe-print at ${JSON.stringify(at)}: a string from outside is printed as bare SQL; ${help}`;

describe("what may be printed", () => {
  it("is text written in templates, numbers and booleans, wherever they come from", () => {
    expect(rendered('{{concat "a" (concat "b" 1)}} {{var "games"}} {{var "on"}} {{join (list "x" "y") ", "}}')).toBe(
      "ab1 5 true x, y",
    );
  });
  it("is no string from outside: the fix is shown", () => {
    expect(complaints('{{var "text"}}')).toEqual([
      unsafe('var "text"', 'write {{literal (var "text")}} for a value, {{ident (var "text")}} for a name'),
    ]);
    expect(complaints("{{target.name}}")).toEqual([
      unsafe("target.name", "write {{literal target.name}} for a value, {{ident target.name}} for a name"),
    ]);
    expect(complaints('{{env_var "SECRET"}}')).toHaveLength(1);
  });
  it("is no string from outside between quotes either: quotes are part of the fix", () => {
    expect(complaints(`where x = '{{var "text"}}'`)).toEqual([
      unsafe('var "text"', `write {{literal (var "text")}} in place of '{{var "text"}}'`),
    ]);
    expect(complaints(`select "{{var "text"}}"`)).toEqual([
      unsafe('var "text"', `write {{ident (var "text")}} in place of "{{var "text"}}"`),
    ]);
  });
  it("keeps the mark through concat, join, lists, blocks, defaults and macro arguments", () => {
    const scope = scopeOf({ m: '{{params "x"}}{{x}}' });
    for (const text of [
      '{{concat "a" (var "text")}}',
      '{{join (list "a" (var "text")) ""}}',
      '{{join (var "codes") ", "}}',
      '{{#each (var "codes")}}{{#if @first}}{{this}}{{/if}}{{/each}}',
      '{{#with (var "sport")}}{{name}}{{/with}}',
      '{{#each (var "sport")}}{{#if @first}}{{@key}}{{/if}}{{/each}}',
      '{{default (var "none") (var "text")}}',
      '{{var "missing" "default"}}',
      '{{env_var "NOT_SET" "default"}}',
      '{{> m x=(var "text")}}',
    ])
      expect(
        complaints(text, scope).map((c) => c.split(" ")[0]),
        text,
      ).toEqual(["template/unsafe-print"]);
  });
  it("is no list, mapping or null", () => {
    expect(complaints('{{var "windows"}} {{var "sport"}} {{var "none"}}')).toEqual([
      'template/not-printable at "var \\"windows\\"": a list is printed; write {{join (var "windows") ", "}}, for quoted values {{join (literal (var "windows")) ", "}}, or {{#each (var "windows")}}',
      'template/not-printable at "var \\"sport\\"": a mapping is printed; name one of its fields, or go over them with #each',
      'template/not-printable at "var \\"none\\"": null is printed; for SQL\'s NULL or a quoted number write {{literal (var "none")}}',
    ]);
  });
  it("is masked as far as it came from the environment", () => {
    expect(
      rendered('{{literal (concat "user:" (env_var "SECRET"))}} {{concat "a" (literal (env_var "SECRET"))}}'),
    ).toBe("•'user:hush'• a•'hush'•");
  });
});
