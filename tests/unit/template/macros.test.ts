import { describe, expect, it } from "vitest";
import type { TestArgument } from "../../../src/domain/manifest.ts";
import { nodeId } from "../../../src/domain/names.ts";
import { spanOf } from "../../../src/domain/source.ts";
import { evaluate } from "../../../src/template/evaluate.ts";
import { declaredParameters } from "../../../src/template/parameters.ts";
import { complaints, evaluation, rendered, scopeOf, shown, templateOf, textAt } from "../../support/templates.ts";

const ROLLING = `{{params "column" "partition" order_by="game_date, game_order" games=5}}
avg({{column}}) over (partition by {{partition}} order by {{order_by}} rows between {{games}} preceding and 1 preceding)
`;

describe("a macro", () => {
  const scope = scopeOf({ rolling_avg: ROLLING });

  it("prints its text in the middle of a line, with its arguments and defaults, its last line break cut", () => {
    expect(
      rendered('select {{> rolling_avg column="points" partition="team_id" games=(var "games")}} as a', scope),
    ).toBe(
      "select avg(points) over (partition by team_id order by game_date, game_order rows between 5 preceding and 1 preceding) as a",
    );
  });
  it("keeps the line and indentation of a call that stands alone, and its own text as written", () => {
    const lines = scopeOf({ two: "'a\nb',\r\n  c\r\n" });
    expect(rendered("select\n  {{> two}}\nfrom t", lines)).toBe("select\n  'a\nb',\r\n  c\nfrom t");
  });
  it("loses one line break only", () => {
    expect(rendered("{{> m}}|", scopeOf({ m: "a\n\n" }))).toBe("a\n|");
  });
  it("takes references, which it prints as references", () => {
    const m = scopeOf({ count: '{{params "from"}}(select count(*) from {{from}})' });
    expect(rendered('select {{> count from=(ref "a")}}', m)).toBe("select (select count(*) from <model.nba.a>)");
  });
  it("makes references of its own, and calls other macros", () => {
    const m = scopeOf({ outer: '{{params "x"}}[{{> inner y=x}}]', inner: '{{params "y"}}{{y}} {{ref "b"}}' });
    expect(rendered('{{> outer x="a"}}', m)).toBe("[a <model.nba.b>]");
  });
  it("sees its parameters only", () => {
    const m = scopeOf({ m: "{{item}}" });
    expect(complaints("{{#each (list 1) as |item|}}{{> m}}{{/each}}", m)).toEqual([
      'template/unknown-name at "item": item means nothing here; a var is read with {{var "item"}}, a model with {{ref "item"}}',
    ]);
  });
  it("is called with the arguments that it declares: what is wrong points at the call", () => {
    expect(complaints('{{> rolling_avg colum="points" partition="t" partition="u"}}', scope)).toEqual([
      'template/macro-arguments at "colum": rolling_avg has no parameter colum; did you mean "column"?',
      'template/macro-arguments at "partition": partition is given twice; leave one out',
      'template/macro-arguments at "{{> rolling_avg colum=\\"points\\" partition=\\"t\\" partition=\\"u\\"}}": rolling_avg needs column; rolling_avg takes column, partition, order_by, games',
    ]);
    expect(complaints('{{> rolling_avg "points"}}', scope)).toEqual([
      'template/macro-arguments at "\\"points\\"": a macro\'s arguments have names; name the parameter: {{> rolling_avg parameter="points"}}',
    ]);
    expect(complaints("{{> m x=1}}", scopeOf({ m: "1" }))).toEqual([
      'template/macro-arguments at "x": m has no parameter x; m takes none',
    ]);
  });
  it("that nobody wrote is an error, as is one that calls itself without end, or is taken for a helper", () => {
    expect(complaints("{{> rolling_av}}{{> other}}{{rolling_avg column=1}}{{rolling_avg}}", scope)).toEqual([
      'template/unknown-macro at "rolling_av": there is no macro named rolling_av; did you mean "rolling_avg"?',
      'template/unknown-macro at "other": there is no macro named other; a macro is a file: macros/other.sql',
      'template/unknown-helper at "rolling_avg": rolling_avg is a macro, not a helper; call it with {{> rolling_avg parameter=value}}',
      'template/unknown-name at "rolling_avg": rolling_avg means nothing here; a macro is called with {{> rolling_avg}}',
    ]);
    expect(complaints("{{> m}}", scopeOf({ m: "{{> m}}" }))).toEqual([
      'template/macro-too-deep at "{{> m}}": m is called 50 levels deep; a macro that calls itself needs an {{#if}} that ends it',
    ]);
  });
  it("keeps the mark of a string from outside", () => {
    const m = scopeOf({ m: '{{params "x"}}{{x}}' });
    const outcome = evaluation('a {{> m x=(var "text")}}', m);
    const [found] = outcome.ok ? [] : outcome.diagnostics;
    expect(found && shown(found)).toBe(
      'template/unsafe-print at "x": a string from outside is printed as bare SQL; write {{literal x}} for a value, {{ident x}} for a name',
    );
    expect(found?.notes.map((n) => [n.message, n.at && textAt(n.at)])).toEqual([
      ["called from here", '{{> m x=(var "text")}}'],
    ]);
  });
});

describe("the chain of calls", () => {
  const m = scopeOf({ outer: "select {{> inner}}\n", inner: 'a, {{lost}} {{ref "lost"}}\n' });

  it("stands in what is wrong, innermost first", () => {
    const outcome = evaluation("x {{> outer}}", m);
    const found = outcome.ok ? [] : outcome.diagnostics;
    expect(found.map((d) => [d.code, d.at?.file.path, d.notes.map((n) => n.at && textAt(n.at))])).toEqual([
      ["template/unknown-name", "macros/inner.sql", ["{{> inner}}", "{{> outer}}"]],
      ["link/unknown-reference", "macros/inner.sql", ["{{> inner}}", "{{> outer}}"]],
    ]);
  });
  it("stands in the origin of each piece; an argument stands where it was written", () => {
    const outcome = evaluation('x {{> outer p="points"}}', scopeOf({ outer: '{{params "p"}}avg({{p}})' }));
    expect(
      outcome.ok &&
        outcome.value.pieces.map((p) => [
          textAt(p.origin.span),
          p.origin.span.file.path,
          p.origin.calledFrom.map(textAt),
        ]),
    ).toEqual([
      ["x ", "models/m.sql", []],
      ["avg(", "macros/outer.sql", ['{{> outer p="points"}}']],
      ["points", "models/m.sql", []],
      [")", "macros/outer.sql", ['{{> outer p="points"}}']],
    ]);
  });
});

describe("{{params}}", () => {
  it("declares quoted names, then names with defaults, none twice and none of a helper", () => {
    const { parameters, found } = declaredParameters(templateOf('{{params "a" b c=1 a=2 list=3}}'));
    expect(parameters.map((p) => [p.name, p.fallback === undefined])).toEqual([
      ["a", true],
      ["c", false],
    ]);
    expect(found.map(shown)).toEqual([
      'template/bad-params at "b": a required parameter is a quoted name; quote the name: "b"',
      'template/bad-params at "a": a is declared twice; choose another name',
      'template/bad-params at "list": list is the name of a helper; choose another name',
    ]);
  });
  it("stands once, at the top, of a file that is called", () => {
    expect(complaints("select 1")).toEqual([]);
    expect(complaints('{{params "a"}}select 1')).toEqual([
      'template/misplaced-tag at "{{params \\"a\\"}}": {{params}} stands in a file that nobody calls; only macros and own generic tests (macros/tests/) declare parameters; a var is read with {{var "name"}}',
    ]);
    expect(complaints('select {{params "a"}}')).toEqual([
      'template/misplaced-tag at "{{params \\"a\\"}}": {{params}} stands below the top; move it to the top of the file: only comments may stand before it',
    ]);
  });
});

describe("an own generic test", () => {
  const yaml = { path: "models/x.yml", text: "divisible: { divisor: 3, words: [a, b] }" };
  const at = spanOf(yaml, 0, 9);
  const value = (v: string | number | readonly string[]) => ({
    kind: "value" as const,
    value: v,
    span: spanOf(yaml, 13, 20),
  });
  const model = { kind: "reference" as const, node: nodeId("model.nba.a"), span: at };
  const text = '{{params "model" "column" divisor=2}}\nselect * from {{model}} where {{column}} % {{divisor}} <> 0\n';
  const given = (values: ReadonlyMap<string, TestArgument>) =>
    evaluate(templateOf(text, "macros/tests/divisible.sql"), scopeOf({}, { at, values }));

  it("gets its relation as a reference and its arguments as they were written", () => {
    const outcome = given(
      new Map<string, TestArgument>([
        ["model", model],
        ["column", value("game_id")],
      ]),
    );
    expect(outcome.ok && outcome.value.pieces.map((p) => (p.kind === "text" ? p.text : p.kind)).join("")).toBe(
      "select * from reference where game_id % 2 <> 0\n",
    );
    expect(outcome.ok && outcome.value.references.map((r) => r.value)).toEqual(["model.nba.a"]);
  });
  it("says what its property file got wrong, there", () => {
    const outcome = given(
      new Map<string, TestArgument>([
        ["model", model],
        ["colum", value("game_id")],
      ]),
    );
    expect(outcome.ok ? [] : outcome.diagnostics.map(shown)).toEqual([
      'template/macro-arguments at "divisor": divisible has no parameter colum; did you mean "column"?',
      'template/macro-arguments at "divisible": divisible needs column; divisible takes model, column, divisor',
    ]);
  });
});

it("split divides a text at its commas, and not within brackets and quotes", () => {
  const parts = (text: string): string => rendered(`{{#each (split ${text}) as |part|}}[{{part}}]{{/each}}`);
  expect(parts(`"game_date,  lower(a, 'x, y') , c"`)).toBe("[game_date][lower(a, 'x, y')][c]");
  expect(parts(`(list "a, b" "c")`)).toBe("[a, b][c]");
  expect(parts(`"a"`)).toBe("[a]");
});

it("each part of a split text keeps its place", () => {
  const outcome = evaluation(`{{#each (split "day, seq") as |part|}}{{part}}{{/each}}`);
  const pieces = outcome.ok ? outcome.value.pieces : [];
  expect(pieces.map((piece) => piece.kind === "text" && textAt(piece.origin.span))).toEqual(["day", "seq"]);
});
