import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeRow } from "../../../../src/lib/csv-field.ts";
import { openCsv } from "../../../../src/lib/csv-read.ts";
import { ALL_TYPES, firstOf, typesOfField } from "../../../../src/stages/ingest/field-types.ts";

/** The type of a column that holds these fields. */
const typeOf = async (...fields: readonly (string | null)[]): Promise<string> => {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(["a,b", ...fields.map((f) => encodeRow([f, "x"], ",").trimEnd())].join("\n"));
  }
  let fitting = ALL_TYPES;
  const { blocks } = await openCsv(bytes(), ",");
  for await (const rows of blocks) {
    for (let row = rows.first; row < rows.count; row++) fitting &= typesOfField(rows, row, 0);
  }
  return firstOf(fitting);
};

describe("the type of a seed's column", () => {
  test.each([
    ["boolean", ["true", "false", "TRUE", null]],
    ["text", ["true", "yes"]],
    ["text", ["t"]],
    ["bigint", ["0", "-1", "9223372036854775807", "-9223372036854775808", null]],
    ["numeric", ["9223372036854775808"]],
    ["numeric", ["1", "1.50", "-0.5", ".5", "1e-05", "2E+3"]],
    ["text", ["007"]],
    ["text", ["00.5"]],
    ["text", ["1", "-"]],
    ["text", ["1."]],
    ["text", ["1 "]],
    ["text", ["+1"]],
    ["text", ["1e99999"]],
    ["text", ["NaN"]],
    ["date", ["2024-02-29", "0001-01-01"]],
    ["text", ["2023-02-29"]],
    ["text", ["2024-1-5"]],
    ["text", ["0000-01-01"]],
    ["timestamptz", ["2024-02-29", "2024-02-29T10:00:00Z"]],
    ["timestamptz", ["2024-02-29 10:00", "2024-02-29 10:00:00.123+05:30", "2024-02-29 23:59:59 -08"]],
    ["text", ["2024-02-29 24:00"]],
    ["text", ["2024-02-29", "12"]],
    ["text", ["true", "1"]],
    ["text", [""]],
    ["text", ["1", ""]],
    ["text", [null, null]],
    ["text", []],
    ["bigint", [null, "5"]],
  ])("is %s for %j", async (type, fields) => {
    expect(await typeOf(...fields)).toBe(type);
  });

  test("is bigint for every integer that fits, quoted or not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), async (n) => {
        expect(await typeOf(String(n))).toBe("bigint");
      }),
    );
  });

  test("is numeric for every number that JavaScript prints with a point or an exponent", async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (n) => {
        expect(["numeric", "bigint"]).toContain(await typeOf(String(n)));
      }),
    );
  });
});
