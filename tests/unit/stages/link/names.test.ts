import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteLength } from "../../../../src/domain/names.ts";
import { chooseName, indexColumnNames, objectName } from "../../../../src/stages/link/generated-names.ts";
import { testName } from "../../../../src/stages/link/test-names.ts";
import { parseThreshold } from "../../../../src/stages/link/thresholds.ts";
import { calledReference, yamlReference } from "../../../../src/stages/link/yaml-reference.ts";

describe("PostgreSQL's names for indexes and constraints", () => {
  test.each([
    ["t", "", "pkey", "t_pkey"],
    ["t", "a_b", "key", "t_a_b_key"],
    // As the server answers: create table <60 × a> (<10 × b> int unique).
    ["a".repeat(60), "b".repeat(10), "key", `${"a".repeat(48)}_${"b".repeat(10)}_key`],
    ["a".repeat(60), "b".repeat(60), "key", `${"a".repeat(29)}_${"b".repeat(29)}_key`],
    ["é".repeat(31), "", "pkey", `${"é".repeat(29)}_pkey`],
  ])("%s %s %s is %s", (table, columns, label, expected) => {
    expect(objectName(table, columns, label)).toBe(expected);
  });

  test("none is longer than 63 bytes, and all are whole characters", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(name, name, fc.constantFrom("pkey", "key12", "not_null"), (table, columns, label) => {
        const made = objectName(table, columns, label);
        expect(byteLength(made)).toBeLessThanOrEqual(63);
        expect(Buffer.from(made).toString()).toBe(made);
        expect(made.endsWith(`_${label}`)).toBe(true);
      }),
    );
  });

  test("a name that is taken gets a number behind its label", () => {
    const taken = new Set(["t_a_idx"]);
    expect(chooseName("t", ["a"], "idx", taken)).toBe("t_a_idx1");
    expect(chooseName("t", ["a"], "idx", taken)).toBe("t_a_idx2");
    expect(taken).toContain("t_a_idx2");
  });

  test("an expression is named after its function, anything else expr", () => {
    const expression = (value: string) => ({ kind: "expression", text: { value } }) as const;
    const columns = [
      { kind: "column", name: "a" } as const,
      expression("lower(code)"),
      expression("a + b"),
      expression("b"),
    ];
    expect(indexColumnNames(columns)).toEqual(["a", "lower", "expr", "expr1"]);
  });
});

describe("dbt's names for data tests", () => {
  const of = (kind: string, given: Parameters<typeof testName>[0]["arguments"], isOfSource = false) =>
    testName({ kind, of: isOfSource ? "raw_matches" : "a", isOfSource, arguments: given });

  test("a column's test", () => {
    expect(of("unique", { column_name: "game_id" })).toBe("unique_a_game_id");
  });

  test("arguments come by their names, whatever their order in the file", () => {
    const expected = "relationships_a_b_id__id__ref_b_";
    expect(of("relationships", { column_name: "b_id", to: "ref('b')", field: "id" })).toBe(expected);
    expect(of("relationships", { field: "id", to: "ref('b')", column_name: "b_id" })).toBe(expected);
  });

  test("lists are laid out, and values read as Python prints them", () => {
    const values = [true, null, 1, 0.5, "x y", ["a"]];
    expect(of("accepted_values", { column_name: "c", values })).toBe(
      "accepted_values_a_c__True__None__1__0_5__x_y___a_",
    );
  });

  test("a source's table and a prefix are part of the name", () => {
    expect(of("not_null", { column_name: "id" }, true)).toBe("source_not_null_raw_matches_id");
    expect(of("dbt_utils.expression_is_true", { expression: "a > 0" })).toBe("dbt_utils_expression_is_true_a_a_0");
  });
});

describe("thresholds", () => {
  test.each([
    ["> 10", { operator: ">", value: 10, isPercent: false }],
    [">=1%", { operator: ">=", value: 1, isPercent: true }],
    ["> 0.5 %", { operator: ">", value: 0.5, isPercent: true }],
    ["!= 0", { operator: "!=", value: 0, isPercent: false }],
    ["<>0", { operator: "!=", value: 0, isPercent: false }],
    ["== 3", { operator: "=", value: 3, isPercent: false }],
    ["10", undefined],
    ["> ten", undefined],
    ["> 10 rows", undefined],
    ["between 1 and 2", undefined],
  ])("%s", (text, expected) => {
    expect(parseThreshold(text)).toEqual(expected);
  });
});

describe("references in YAML", () => {
  const span = { file: { path: "a.yml", text: "" }, start: 0, end: 0 };
  test.each([
    ["ref('x')", { kind: "ref", name: "x" }],
    ['ref("x")', { kind: "ref", name: "x" }],
    [" ref( 'x' ) ", { kind: "ref", name: "x" }],
    ["source('a', 'b')", { kind: "source", source: "a", table: "b" }],
    ["team_form", { kind: "ref", name: "team_form" }],
    ["ref(x)", undefined],
    ["ref('x\")", undefined],
    ["two words", undefined],
  ])("%s", (value, request) => {
    expect(yamlReference({ value, span })?.request).toEqual(request);
  });

  test("a bare word may be a value, so it is a reference only where one is asked for", () => {
    expect(calledReference({ value: "team_form", span })).toBeUndefined();
    expect(calledReference({ value: "ref('team_form')", span })?.request).toEqual({ kind: "ref", name: "team_form" });
  });
});
