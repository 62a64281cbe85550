import { describe, expect, it } from "vitest";
import { nodeId } from "../../../src/domain/names.ts";
import { resolveReference } from "../../../src/stages/compile/resolve-reference.ts";
import { manifestOf } from "../../support/manifest.ts";

const manifest = manifestOf({
  "raw.matches": { kind: "source" },
  codes: { kind: "seed", folders: ["stats"] },
  form: { kind: "model", folders: ["stats"] },
  plays: { kind: "model", folders: ["stats"], materialized: "ephemeral" },
});

const meaning = (id: string, ...inRun: readonly string[]) => {
  const node = manifest.nodes.get(nodeId(id));
  if (node === undefined) throw new Error(`no ${id}`);
  return [
    resolveReference(node, { kind: "workspace", inRun: new Set(inRun.map(nodeId)) }),
    resolveReference(node, { kind: "live" }),
  ];
};

describe("what a reference means", () => {
  it("is the workspace for a model or seed in the run, else live", () => {
    for (const id of ["model.nba.form", "seed.nba.codes"]) {
      const name = id.split(".")[2];
      const live = { kind: "live", relation: { schema: "stats", name } };
      expect(meaning(id, id)).toEqual([{ kind: "workspace", relation: { schema: "stats__next", name } }, live]);
      expect(meaning(id)).toEqual([live, live]);
    }
  });
  it("is always live for a source", () => {
    const live = { kind: "live", relation: { schema: "raw", name: "matches" } };
    expect(meaning("source.nba.raw.matches", "source.nba.raw.matches")).toEqual([live, live]);
  });
  it("is its own query for an ephemeral model", () => {
    const inline = { kind: "inline", node: "model.nba.plays" };
    expect(meaning("model.nba.plays", "model.nba.plays")).toEqual([inline, inline]);
  });
});
