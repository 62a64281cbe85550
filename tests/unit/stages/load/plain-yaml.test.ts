import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../../src/domain/diagnostic.ts";
import { readFullYaml } from "../../../../src/stages/load/full-yaml.ts";
import { readPlainYaml } from "../../../../src/stages/load/plain-yaml.ts";

const full = (text: string) => {
  const found: Diagnostic[] = [];
  return { tree: readFullYaml({ path: "a.yml", text }, found), found };
};

const plain = (text: string) => readPlainYaml({ path: "a.yml", text });

const TYPICAL = `version: 2
# every kind of thing that property files hold
models:
  - name: match_features   # the name
    description: >-
      One row a game,
      # home minus away:
        - deeper
      all of them.
    "quoted key": { 'null': x }

    config:
      materialized: table
      tags: [nightly, "two words", 'quoted']
      enabled: true
      grants: { select: [reader], insert: [] }
      indexes:
        - { columns: [game_date] }
        - { name: mf_recent, unique: false, where: "season > 2000", columns: [{ expression: "lower(code)" }] }
    columns:
    - name: home_won
      data_type: numeric(10,2)
      meta: { since: 2024-01-31 }
      description: 1 of the team's two players, 10 of all
      data_tests:
        - not_null
        - relationships:
            to: ref('teams')
            field: id
            config: { severity: warn, limit: 10, error_if: "> 1%" }
        - accepted_values: { arguments: { values: [1, -2.5, true, null, 007x] } }
seeds: []
`;

describe("the quick reader of plain YAML", () => {
  test("reads a typical property file by itself", () => {
    expect(plain(TYPICAL.replace(", 007x", ""))).toBeDefined();
    expect(plain(TYPICAL.replace(", 007x", ""))).toEqual(full(TYPICAL.replace(", 007x", "")).tree);
  });

  test.each([
    ["an anchor", "a: &x b"],
    ["an alias", "a: *x"],
    ["a block scalar with an empty line", "a: |\n  b\n\n  c\n"],
    ["a block scalar at the end of a file without a line break", "a: |\n  b"],
    ["a text over two lines", "a: b\n  c"],
    ["a quoted text over two lines", 'a: "b\n  c"'],
    ["an escape", 'a: "b\\n"'],
    ["a doubled quote", "a: 'b''c'"],
    ["a flow list over two lines", "a: [b,\n  c]"],
    ["a key that stands twice", "a: 1\na: 2"],
    ["a colon in a text", "a: b: c"],
    ["a tab", "a:\tb"],
    ["a document's beginning", "---\na: b"],
    ["a number in another form", "a: 0x1F"],
    ["a time", "a: 2024-01-01T10:00:00"],
    ["indentation that does not fit", "a:\n    b: 1\n  c: 2"],
    ["text behind a quoted text", 'a: "b" c'],
  ])("leaves %s to the whole language", (_, text) => {
    expect(plain(text)).toBeUndefined();
  });

  test("what it reads, the whole language reads the same, places included", () => {
    const part = fc.constantFrom(
      ...'\n|\n  |\n    |\n- |\n  - |- |  |name: |a:|b: |c|:|: |, |[|]|{ | }|[]|{}|\'x\'|"y z"|""|\'|"| # note|#|true|null|~|12|-1.50|1e3|1 x|2024-01-31|ref(\'x\')|x y|(z|.5|&|*|!|>|>-\n  |>\n    |x\n    |x\n  |x\n\n|a: >-\n  x\n|b: \n  y\n|"q k": |?|%|@|007|+a: |é'
        .replaceAll("\\n", "\n")
        .split("|"),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 24 }), (parts) => {
        const text = parts.join("");
        const tree = plain(text);
        if (tree === undefined) return;
        const whole = full(text);
        expect(whole.found).toEqual([]);
        expect(tree).toEqual(whole.tree);
      }),
      { numRuns: 20_000 },
    );
  });

  test("structures are read the same however they are indented", () => {
    type Shape = string | readonly Shape[] | { readonly [key: string]: Shape };
    const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
      shape: fc.oneof(
        { maxDepth: 4, depthSize: "small" },
        fc.constantFrom<Shape>("x", "two words", '"quoted"', "12", "true", "[a, b]", "{ a: b }", ""),
        fc.array(tie("shape"), { minLength: 1, maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b_c", "name", "+d"), tie("shape"), { minKeys: 1, maxKeys: 3 }),
      ),
    }));
    const written = (value: Shape, indent: string): string => {
      if (typeof value === "string") return ` ${value}\n`;
      if (Array.isArray(value))
        return `\n${value.map((v: Shape) => `${indent}-${typeof v === "string" ? ` ${v || "x"}\n` : ` ${written(v, `${indent}  `).trimStart()}`}`).join("")}`;
      return `\n${Object.entries(value)
        .map(([k, v]) => `${indent}${k}:${written(v, `${indent}  `)}`)
        .join("")}`;
    };
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("models", "x"), shape, { minKeys: 1 }), (value) => {
        const text = written(value, "").trimStart();
        const tree = plain(text);
        expect(tree, text).toBeDefined();
        expect(tree).toEqual(full(text).tree);
      }),
    );
  });
});
