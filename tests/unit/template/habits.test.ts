import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/domain/diagnostic.ts";
import { parseTemplate } from "../../../src/template/parse.ts";
import { evaluation, scopeOf } from "../../support/templates.ts";

const found = (text: string): readonly Diagnostic[] => {
  const parsed = parseTemplate({ path: "models/m.sql", text });
  return parsed.ok ? [] : parsed.diagnostics;
};

const helps = (text: string): readonly (string | undefined)[] => [...new Set(found(text).map((d) => d.help))];

describe("dbt's habits are answered with the line as it is written here", () => {
  const table: readonly (readonly [habit: string, here: string])[] = [
    ["select * from {{ ref('x') }}", 'select * from {{ref "x"}}'],
    ["select * from {{ ref('p', 'm') }} join {{ ref('x', v=2) }}", 'select * from {{ref "m"}} join {{ref "x"}}'],
    ["from {{ source('a','b') }} b join {{ ref('x') }}", 'from {{source "a" "b"}} b join {{ref "x"}}'],
    [
      "{{ config(materialized='table', tags=['a', 'b'], enabled=var('x')) }}",
      '{{config materialized="table" tags=(list "a" "b") enabled=(var "x")}}',
    ],
    ["{{ config(\n    materialized='table'\n) }}", '{{config materialized="table"}}'],
    ['{{ var("x", 5) }}', '{{var "x" 5}}'],
    ["{{ env_var('X', \"it's\") }}", '{{env_var "X" "it\'s"}}'],
    ["{% if target.name == 'prod' and not var('y') %}", '{{#if (and (eq target.name "prod") (not (var "y")))}}'],
    ["{% elif x %}", "{{else if x}}"],
    ["{% else %}", "{{else}}"],
    ["{%- endif -%}", "{{~/if~}}"],
    ["{% if is_incremental() %}", "{{#if is_incremental}}"],
    ["{% for c in ['a', 'b'] %}{{ c }}{% endfor %}", '{{#each (list "a" "b") as |c|}}{{ c }}{{/each}}'],
    ["{% for k, v in var('m').items() %}", '{{#each (var "m") as |v k|}}'],
    ["{% if not loop.last %},{% endif %}", "{{#if (not @last)}},{{/if}}"],
    ["{% set x = var('y') %}", '{{#with (var "y") as |x|}} … {{/with}}'],
    ["{% macro f(a, b=2) %}", '{{params "a" b=2}}'],
    ["{# a note #} select 1", "{{!-- a note --}} select 1"],
    ["{{ name | upper }}", "upper({{name}})"],
    ["{{ var('c') | join(', ') }}", '{{join (var "c") ", "}}'],
    ["{{ var('n') | int }}", '{{var "n"}}'],
    ["limit {{ n + 1 }}", "limit ({{n}} + 1)"],
    ["limit {{ n - 1 }}", "limit ({{n}} - 1)"],
    ["limit {{n-1}}", "limit ({{n}} - 1)"],
    ["limit {{ var('n') * 2 }}", 'limit ({{var "n"}} * 2)'],
    ["{{ a if b else 'c' }}", "{{#if b}}{{a}}{{else}}c{{/if}}"],
    ["{{- x -}}", "{{~x~}}"],
    ["{{ cents('amount', scale=2) }}", '{{> cents <parameter>="amount" scale=2}}'],
    ["{{ ref('a') }} -- {{ ref(\"b\") }}", '{{ref "a"}} -- {{ref "b"}}'],
  ];
  it.each(table)("%s", (habit, here) => {
    expect(helps(habit)).toEqual([`write: ${here}`]);
    expect(new Set(found(habit).map((d) => d.code))).toEqual(new Set(["template/dbt-syntax"]));
  });

  it("at the place of each, all of a file", () => {
    const text = "{% if x %}\nselect * from {{ ref('x') }}\n{% endif %}";
    expect(found(text).map(({ at }) => at && text.slice(at.start, at.end))).toEqual([
      "{% if x %}",
      "{{ ref('x') }}",
      "{% endif %}",
    ]);
  });
  it("or, where Galley has no such thing, with what it has", () => {
    expect(helps("{% call statement('x') %}")).toEqual([
      "Galley reads Handlebars: {{helper argument}}, {{#if x}}, {{#each list as |item|}}, {{> macro name=value}}",
    ]);
    expect(helps("{% snapshot x %}")).toEqual(["a snapshot is declared in YAML"]);
    expect(helps("{{ dbt_utils.star(ref('x')) }}")).toHaveLength(1);
  });
});

describe("braces of SQL are answered", () => {
  const table: readonly (readonly [sql: string, help: string])[] = [
    ["select '{{1,2},{3,4}}'::int[]", "write: select array[[1,2],[3,4]]"],
    ["select '{{{1},{2}}}'", "write: select array[[[1],[2]]]"],
    [`select '{{"a": 1}}'`, `write: select '\\{{"a": 1}}'`],
    ["select '{{ {a} }}'", "write: select '\\{{ {a} }}'"],
  ];
  it.each(table)("%s", (sql, help) => {
    expect(helps(sql)).toEqual([help]);
    expect(found(sql)[0]?.code).toBe("template/brace-in-sql");
  });
});

describe("a comment that holds a tag", () => {
  it("needs dashes", () => {
    const [first] = found('{{! was {{ref "x"}} once }} select 1');
    expect(first?.code).toBe("template/comment-ends-early");
    expect(first?.help).toBe('write: {{!-- was {{ref "x"}} once --}} select 1');
  });
});

describe("what is no habit", () => {
  it.each([
    "select 1 where a like '{%' or b like '%}'",
    "select '{#}'::text, x #> '{a,b}'",
    "{{!-- {{ ref('x') }} {% if %} --}} select 1",
    "{{{{raw}}}} {% if x %} {{ ref('x') }} {{{{/raw}}}}",
    "\\{{ ref('x') }}",
    '{{#if (eq (concat "a - b" "c") "d, e")}}{{/if}} {{{concat "a" "b"}}}',
    "select 1 - 2 {{! a note }} from t -- {{this}}",
    'select \'{"a":{"b":1}}\'',
  ])("%s", (text) => {
    expect(evaluation(text, scopeOf()).ok).toBe(true);
  });
});
