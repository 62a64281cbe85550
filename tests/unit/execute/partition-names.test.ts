import fc from "fast-check";
import { expect, test } from "vitest";
import { byteLength } from "../../../src/domain/names.ts";
import { numberSuffix, partitionNames, valueSuffix } from "../../../src/stages/execute/partitions/partition-names.ts";

test("a partition is called after its table and what it holds", () => {
  expect(partitionNames("games", ["p2024_01", "default"], [])).toEqual(["games_p2024_01", "games_default"]);
  expect(["0", "2000", "-5", "12.0"].map(numberSuffix)).toEqual(["p0", "p2000", "pm5", "p12"]);
  expect(["nba", "Won't / do", "Größe", null].map(valueSuffix)).toEqual(["p_nba", "p_won_t_do", "p_größe", "p_null"]);
});

test("a name that is taken gets a number", () => {
  expect(partitionNames("a", ["p1", "p1", "p2"], ["a_p2", "a"])).toEqual(["a_p1", "a_p1_2", "a_p2_2"]);
});

test("names differ from each other and from those that are taken, and are short enough", () => {
  const texts = fc.string({ unit: "grapheme", maxLength: 80 });
  fc.assert(
    fc.property(texts, fc.array(texts, { maxLength: 8 }), (table, values) => {
      const taken = partitionNames(table, values.map(valueSuffix), []);
      const names = partitionNames(table, values.map(valueSuffix), taken);
      expect(new Set([...names, ...taken]).size).toBe(values.length * 2);
      expect(names.every((name) => byteLength(name) <= 63)).toBe(true);
      expect(partitionNames(table, values.map(valueSuffix), taken)).toEqual(names);
    }),
  );
});
