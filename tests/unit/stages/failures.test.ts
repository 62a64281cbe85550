import { describe, expect, it } from "vitest";
import { textOf } from "../../../src/domain/sql.ts";
import { compare, type Side, type StoredRow } from "../../../src/stages/failures/compare.ts";
import { sinceOf } from "../../../src/stages/failures/since.ts";

const rowOf = (identity: string): StoredRow => ({ identity, key: { id: identity }, row: { id: identity } });
const side = (identities: string, failures = identities.length): Side => ({
  failures,
  stored: [...identities].map(rowOf),
});

describe("two runs of a test", () => {
  it.each([
    ["a first run", side("ab"), side(""), [2, 0, 0], "a:new b:new"],
    ["the same rows", side("ab"), side("ba"), [0, 2, 0], "a:still b:still"],
    ["some of both", side("bc"), side("ab"), [1, 1, 1], "c:new b:still a:gone"],
    ["nothing any more", side(""), side("ab"), [0, 0, 2], "a:gone b:gone"],
    ["a row that stands twice", side("aa"), side("a"), [1, 1, 0], "a:new a:still"],
    ["fewer of the same", side("a"), side("aaa"), [0, 1, 2], "a:still a:gone a:gone"],
    ["not all stored then", side("ab"), side("a", 9), [undefined, undefined, undefined], "b:unknown a:still"],
    ["not all stored now", side("a", 9), side("ab"), [undefined, undefined, undefined], "a:still"],
    ["none stored, and none failed before", side("", 7), side(""), [7, 0, 0], ""],
    ["none stored, and none fails now", side(""), side("", 7), [0, 0, 7], ""],
  ])("%s", (_, now, before, counts, found) => {
    const compared = compare(now, before);
    expect([compared.new, compared.still, compared.gone]).toEqual(counts);
    expect(compared.found.map(({ is, row }) => `${row["id"]}:${is}`).join(" ")).toBe(found);
  });
});

describe("--since", () => {
  it.each([
    ["12h", "now() - make_interval(secs => 43200)"],
    ["7 days", "now() - make_interval(secs => 604800)"],
    ["2w", "now() - make_interval(secs => 1209600)"],
    ["yesterday", "date_trunc('day', now())"],
    ["2026-11-27", "('2026-11-27'::date + 1)::timestamptz"],
    ["2026-11-27 03:00+01", "'2026-11-27 03:00+01'::timestamptz"],
    ["it's", "'it''s'::timestamptz"],
  ])("%s is a time", (said, text) => {
    const since = sinceOf(said);
    expect(since?.kind === "time" && textOf(since.until)).toBe(text);
  });

  it("is the run before where nothing is said, and a run where the beginning of an id is", () => {
    expect(sinceOf(undefined)).toEqual({ kind: "run before" });
    expect(sinceOf("b5843ccb")).toBeUndefined();
    expect(sinceOf("b5843ccb-aa39-4352")).toBeUndefined();
  });
});
