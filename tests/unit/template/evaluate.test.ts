import { describe, expect, it } from "vitest";
import { complaints, evaluation, rendered, textAt } from "../../support/templates.ts";

describe("text", () => {
  it("leaves dollars, percent signs, backslashes and carriage returns as they are", () => {
    const text = "select $$a$$, $1, 'x' like '%\\_%', E'\\n'\r\nfrom t -- ü 😀\r\n";
    expect(rendered(text)).toBe(text);
  });
  it("prints escaped braces and raw blocks without reading them", () => {
    expect(rendered("'\\{{1,2}' {{{{raw}}}}{{ref \"x\"}} {{!-- no --}}{{{{/raw}}}}")).toBe(
      "'{{1,2}' {{ref \"x\"}} {{!-- no --}}",
    );
  });
  it("strips white space at ~, and lines on which only a block, a comment or the header stands", () => {
    expect(rendered("a  {{~#if true~}}  b  {{~/if~}}  c")).toBe("abc");
    expect(rendered('{{config tags="x"}}\n{{! note }}\nselect\n  {{#if true}}\n  1\n  {{/if}}\nas x')).toBe(
      "select\n  1\nas x",
    );
  });
  it("escapes nothing, in three braces as in two", () => {
    expect(rendered(`{{concat "a<b" "'&"}}{{{concat "<" ">"}}}`)).toBe("a<b'&<>");
  });
});

describe("references", () => {
  it("stand for nodes, each listed once at its first mention, quotes included", () => {
    const outcome = evaluation('from {{ref "a"}} join {{source "raw" "b"}} join {{ref "a"}}');
    expect(outcome.ok && outcome.value.references.map((r) => [r.value, textAt(r.span)])).toEqual([
      ["model.nba.a", '"a"'],
      ["source.nba.raw.b", '"raw" "b"'],
    ]);
    expect(rendered('from {{ref "a"}} join {{source "raw" "b"}}')).toBe("from <model.nba.a> join <source.nba.raw.b>");
  });
  it("are values: they pass through variables of blocks, lists and texts", () => {
    expect(rendered('{{#each (list (ref "a") (ref "b")) as |r|}}table {{r}};{{/each}}')).toBe(
      "table <model.nba.a>;table <model.nba.b>;",
    );
    expect(rendered('{{concat (ref "a") " as a"}}')).toBe("<model.nba.a> as a");
  });
  it("count only in the branch that is taken", () => {
    const outcome = evaluation('{{#if (var "off")}}{{ref "a"}}{{else}}{{ref "b"}}{{/if}}{{and (var "off") (ref "c")}}');
    expect(outcome.ok && outcome.value.references.map((r) => r.value)).toEqual(["model.nba.b"]);
  });
  it("that nothing answers to are reported at their place", () => {
    expect(complaints('from {{ref "lost"}}')).toEqual([
      'link/unknown-reference at "\\"lost\\"": no model, seed or source has this name',
    ]);
  });
  it("inside an SQL comment count, with a warning", () => {
    const warning =
      'template/reference-in-comment at "ref \\"a\\"": this reference stands in an SQL comment and still makes a parent; comment it out with {{!-- … --}}';
    expect(complaints('select 1 -- {{ref "a"}}\nfrom {{ref "b"}}')).toEqual([warning]);
    expect(complaints('select /* /* x */ {{ref "a"}} */ 1')).toEqual([warning]);
    expect(complaints(`select '-- ' || $x$ -- $x$ || E'\\'--' from {{ref "a"}}`)).toEqual([]);
    expect(complaints('select 1 {{!-- {{ref "lost"}} --}} from {{ref "b"}}')).toEqual([]);
  });
});

describe("this", () => {
  it("is the node's relation, inside blocks the item, where @relation is the relation", () => {
    expect(
      rendered('{{this}} {{#each (list 1 2)}}{{this}} {{@relation}} {{/each}}{{#with "x"}}{{this}}{{/with}}'),
    ).toBe("<this> 1 <this> 2 <this> x");
  });
  it("has the item's fields", () => {
    expect(rendered('{{#with (var "sport")}}{{players}} {{this.players}} {{./players}}{{/with}}')).toBe("5 5 5");
  });
});

describe("blocks", () => {
  it("choose by truth: empty texts and lists, 0, null and false are not", () => {
    for (const falsy of ['""', "0", "false", "null", "(list)", '(var "empty")', '(var "off")', '(var "none")'])
      expect(rendered(`{{#if ${falsy}}}yes{{else}}no{{/if}}{{#unless ${falsy}}} un{{/unless}}`), falsy).toBe("no un");
    for (const truthy of ['"0"', "1", "true", "(list 0)", '(var "sport")', '(ref "a")', "this"])
      expect(rendered(`{{#if ${truthy}}}yes{{else}}no{{/if}}`), truthy).toBe("yes");
  });
  it("chain with else if", () => {
    const text = (n: number): string => `{{#if (eq ${n} 1)}}one{{else if (eq ${n} 2)}}two{{else}}many{{/if}}`;
    expect([1, 2, 3].map((n) => rendered(text(n)))).toEqual(["one", "two", "many"]);
    expect(rendered('{{^if (var "off")}}x{{/if}}')).toBe("x");
  });
  it("go over lists with @index, @first and @last, and have an else for none", () => {
    expect(
      rendered('{{#each (var "windows") as |w i|}}{{i}}{{@index}}={{w}}{{#unless @last}}, {{/unless}}{{/each}}'),
    ).toBe("00=5, 11=10");
    expect(rendered('{{#each (list "a" "b")}}{{#if @first}}({{/if}}{{this}}{{#if @last}}){{/if}}{{/each}}')).toBe(
      "(ab)",
    );
    expect(rendered('{{#each (var "empty")}}x{{else}}none{{/each}}')).toBe("none");
  });
  it("reach what is outside: by name, by ../ and by @../", () => {
    const text =
      "{{#each (list 1 2) as |a|}}{{#each (list 3)}}{{a}}{{../this}}{{@../index}}{{this}} {{/each}}{{/each}}";
    expect(rendered(text)).toBe("1103 2213 ");
  });
  it("of unknown names, and forms that are left out, are refused", () => {
    expect(complaints("{{#iff x}}{{/iff}}")).toEqual([
      'template/not-supported at "iff": there is no block named iff; did you mean #if?',
    ]);
    expect(
      complaints('{{#> layout}}x{{/layout}}{{#*inline "a"}}{{/inline}}{{> (concat "a" "b")}}').map(
        (c) => c.split(";")[0],
      ),
    ).toEqual([
      'template/not-supported at "{{#> layout}}x{{/layout}}": a macro call has no body',
      'template/not-supported at "{{#*inline \\"a\\"}}{{/inline}}": decorators and inline partials are left out',
      'template/not-supported at "(concat \\"a\\" \\"b\\")": a macro\'s name cannot be computed',
    ]);
    expect(complaints("{{#if a b}}{{/if}}")).toEqual([
      'template/bad-arguments at "if": #if takes one value; write {{#if value}}, with a helper in parentheses: {{#if (var "x")}}',
    ]);
    expect(complaints("{{#each 5}}{{/each}}")).toEqual([
      'template/bad-arguments at "5": #each goes over a list or a mapping, and this is a number; write {{#each (list "a" "b") as |item|}} … {{/each}}',
    ]);
  });
});

describe("helpers", () => {
  it("compare", () => {
    const verdicts = [
      "eq 1 1",
      'ne "a" "b"',
      "lt 1 2",
      "le 2 2",
      'gt "b" "a"',
      "ge 1 2",
      "eq null null",
      'ne null "a"',
    ];
    expect(verdicts.map((v) => rendered(`{{${v}}}`))).toEqual([
      "true",
      "true",
      "true",
      "true",
      "true",
      "false",
      "true",
      "true",
    ]);
    expect(complaints('{{eq (var "games") "5"}}')).toEqual([
      'template/bad-arguments at "eq (var \\"games\\") \\"5\\"": a number is compared with a text; compare texts with texts, numbers with numbers',
    ]);
    expect(complaints('{{lt (ref "a") 1}}{{lt true false}}').map((c) => c.split(": ")[1]?.split(";")[0])).toEqual([
      "a reference cannot be compared",
      "a boolean and a boolean have no order",
    ]);
  });
  it("combine: and, or and default give the value that decides", () => {
    expect(
      rendered('{{and 1 "a"}} {{or 0 "b"}} {{not ""}} {{default (var "none") 7}} {{default (var "games") 7}}'),
    ).toBe("a b true 7 5");
  });
  it("make lists and texts", () => {
    expect(
      rendered('{{join (list "a" 1 true) " or "}} {{join (range 1 4)}} {{join (range 2) ""}} {{concat "a" 1}}'),
    ).toBe("a or 1 or true 1, 2, 3 01 a1");
    expect(rendered('{{join (range 6 0 -2) " "}}')).toBe("6 4 2");
    expect(
      complaints('{{join "a" ","}}{{range "a"}}{{join (range 1 9999999) ""}}').map((c) => c.split(";")[0]),
    ).toEqual([
      'template/bad-arguments at "\\"a\\"": join takes a list, and this is a text',
      'template/bad-arguments at "\\"a\\"": range takes whole numbers, and this is a text',
      'template/bad-arguments at "(range 1 9999999)": this range is too long',
    ]);
  });
  it("quote: literal for values, ident for names, of lists each item", () => {
    expect(rendered(`{{literal (var "text")}} {{literal 5}} {{literal null}} {{ident "a\\"b"}}`)).toBe(
      `'o''clock' 5 NULL "a""b"`,
    );
    expect(rendered('in ({{join (literal (var "codes")) ", "}})')).toBe("in ('NBA', 'ABA')");
    expect(complaints('{{literal (ref "a")}}{{ident ""}}').map((c) => c.split(";")[0])).toEqual([
      'template/bad-arguments at "(ref \\"a\\")": literal takes a text, a number, a boolean or null, and this is a reference',
      'template/bad-arguments at "\\"\\"": ident takes a name, and this is empty',
    ]);
  });
  it("know the target and the run", () => {
    expect(rendered("{{literal target.schema}} {{target.threads}} {{run_started_at}} {{invocation_id}}")).toBe(
      "'analytics' 4 <run_started_at> <invocation_id>",
    );
    expect(complaints("{{target.url}}")).toEqual([
      'template/unknown-name at "target.url": target.url: there is no url; it has name, type, schema, schema_prefix, threads',
    ]);
  });
  it("read vars and the environment, with defaults", () => {
    expect(
      rendered('{{var "games"}} {{var "missing" 3}} {{literal (env_var "SECRET")}} {{literal (env "NOT_SET" "d")}}'),
    ).toBe("5 3 •'hush'• 'd'");
    expect(complaints('{{var "game"}} {{env_var "NOT_SET"}}')).toEqual([
      'template/unknown-var at "\\"game\\"": there is no var named "game"; did you mean "games"?',
      'template/missing-env at "\\"NOT_SET\\"": the environment variable NOT_SET is not set; set it, put it into .env, or give a default: {{env_var "NOT_SET" "value"}}',
    ]);
  });
  it("say what they take", () => {
    expect(complaints('{{ref}}{{ref "a" "b"}}{{var name="x"}}{{source "a"}}{{ref 5}}')).toEqual([
      'template/bad-arguments at "ref": ref is given too little; write {{ref "model"}}',
      'template/bad-arguments at "\\"b\\"": ref is given too much; write {{ref "model"}}',
      'template/bad-arguments at "name": var takes no named arguments; write {{var "name"}}, with a default {{var "name" 5}}',
      'template/bad-arguments at "source \\"a\\"": source is given too little; write {{source "raw" "matches"}}',
      'template/bad-arguments at "5": ref takes a text, and this is a number; write {{ref "model"}}',
    ]);
  });
});

describe("names", () => {
  it("that mean nothing are errors, with the near or the right form", () => {
    expect(complaints("{{games}} {{run_startd_at}} {{nothing}} {{#if typo}}{{/if}} {{@odd}}")).toEqual([
      'template/unknown-name at "games": games means nothing here; a var is read with {{var "games"}}',
      'template/unknown-name at "run_startd_at": run_startd_at means nothing here; did you mean "run_started_at"?',
      'template/unknown-name at "nothing": nothing means nothing here; a var is read with {{var "nothing"}}, a model with {{ref "nothing"}}',
      'template/unknown-name at "typo": typo means nothing here; a var is read with {{var "typo"}}, a model with {{ref "typo"}}',
      'template/unknown-name at "@odd": @odd means nothing here; @index, @first, @last and @key stand inside #each; @relation is the node\'s own relation',
    ]);
  });
  it("of helpers are checked", () => {
    expect(
      complaints('{{reff "a"}}{{#if (varr "x")}}{{/if}}{{each "x"}}').map((c) => c.split(": ").slice(0, 2).join(": ")),
    ).toEqual([
      'template/unknown-helper at "reff": there is no helper named reff; did you mean "ref"?',
      'template/unknown-helper at "varr": there is no helper named varr; did you mean "var"?',
      'template/unknown-helper at "each": each is a block, not a helper; write {{#each value}} … {{/each}}',
    ]);
  });
});
