import { describe, expect, test } from "vitest";
import type { Manifest, ModelNode } from "../../../../src/domain/manifest.ts";
import { nodeId } from "../../../../src/domain/names.ts";
import { dataTests } from "../../../../src/plugins/data-tests/index.ts";
import { link } from "../../../../src/stages/link/link.ts";
import { load } from "../../../../src/stages/load/load.ts";
import { withFiles } from "../../../support/golden-case.ts";

const PROJECT = "name: demo\nschema: analytics\n";

const linked = (files: Readonly<Record<string, string>>): Promise<Manifest> =>
  withFiles(
    Object.entries({ "project.yml": PROJECT, ...files }).map(([path, text]) => ({ path, text, encoding: "utf8" })),
    async (root) => {
      const overrides = { threads: undefined };
      const project = await load({ root, env: {}, cliVars: undefined, targetName: undefined, overrides });
      if (!project.ok) throw new Error(project.diagnostics.map((d) => d.message).join("\n"));
      const manifest = link(project.value, dataTests);
      if (!manifest.ok) throw new Error(manifest.diagnostics.map((d) => d.message).join("\n"));
      return manifest.value;
    },
  );

const model = (manifest: Manifest, name: string): ModelNode => {
  const node = manifest.nodes.get(nodeId(`model.demo.${name}`));
  if (node?.kind !== "model") throw new Error(`no model ${name}`);
  return node;
};

describe("a model's config", () => {
  test("comes from header, property file, nearest folder and project, in this order", async () => {
    const manifest = await linked({
      "project.yml": `${PROJECT}models:
  +materialized: table
  +schema: everywhere
  +tags: project
  stats:
    +schema: stats
    +tags: folder
    deep: { +alias: from_folder, +meta: { a: 1, b: 1 } }
`,
      "models/stats/deep/m.sql": '{{config alias="from_header" tags="header"}}\nselect 1 as id',
      "models/stats/deep/m.yml":
        "models:\n  - name: m\n    config: { alias: from_file, tags: [file], meta: { b: 2 }, schema: mine }\n",
    });
    const { config, relation, fqn, tags } = model(manifest, "m");
    expect(config.materialized).toBe("table");
    expect(relation).toEqual({ schema: "mine", name: "from_header" });
    expect(tags).toEqual(["project", "folder", "file", "header"]);
    expect(config.meta).toEqual({ a: 1, b: 2 });
    expect(fqn).toEqual(["stats", "deep", "m"]);
  });

  test("a prefix stands before the model's schema, never before a source's", async () => {
    const manifest = await linked({
      "project.yml": `${PROJECT}targets: { ci: { type: embedded, schema_prefix: ci_7_ } }\n`,
      "models/m.sql": 'select * from {{source "raw" "t"}}',
      "models/m.yml": "sources: [{ name: raw, tables: [{ name: t, identifier: the_t }] }]\n",
    });
    expect(model(manifest, "m").relation).toEqual({ schema: "ci_7_analytics", name: "m" });
    expect(model(manifest, "m").config.schema).toBe("analytics");
    const source = manifest.nodes.get(nodeId("source.demo.raw.t"));
    expect(source?.kind === "source" && source.relation).toEqual({ schema: "raw", name: "the_t" });
  });
});

describe("constraints and indexes", () => {
  test("have PostgreSQL's names, whatever the order of files", async () => {
    const manifest = await linked({
      "models/t.sql": '{{config materialized="table"}}\nselect 1 as a',
      "models/t_a.sql": '{{config materialized="table"}}\nselect 1 as b',
      "models/t.yml": `models:
  - name: t_a
    config: { indexes: [{ columns: [b] }] }
  - name: t
    config: { indexes: [{ columns: [a, b] }, { columns: [{ expression: "lower(c)" }], unique: true }] }
    constraints:
      - { type: primary_key, columns: [a] }
      - { type: unique, columns: [b, c] }
      - { type: foreign_key, columns: [b], to: ref('t_a'), to_columns: [b] }
      - { type: check, expression: a > 0 }
      - { type: check, expression: b > 0 }
    columns:
      - { name: a, constraints: [{ type: not_null }, { type: not_null }] }
`,
    });
    expect(model(manifest, "t").config.indexes.map((i) => i.name)).toEqual(["t_a_b_idx", "t_lower_idx"]);
    expect(model(manifest, "t_a").config.indexes.map((i) => i.name)).toEqual(["t_a_b_idx1"]);
    expect(model(manifest, "t").constraints.map((c) => c.name)).toEqual([
      "t_pkey",
      "t_b_c_key",
      "t_b_fkey",
      "t_check",
      "t_check1",
      "t_a_not_null",
    ]);
    // A foreign key is no edge.
    expect(manifest.parents.get(nodeId("model.demo.t"))).toEqual([]);
  });
});

describe("data tests", () => {
  test("config stands wherever dbt allows it and is no part of the name", async () => {
    const forms = [
      "- unique: { where: id > 0, severity: warn, tags: x }",
      "- unique: { config: { where: id > 0, severity: warn, tags: x } }",
      "- unique: { arguments: { where: id > 0, severity: warn, tags: x } }",
      "- unique:\n            config: { where: id > 0, severity: warn, tags: x }",
      "- { name: unique_m_id, test_name: unique, config: { where: id > 0, severity: warn, tags: x } }",
    ];
    for (const form of forms) {
      const manifest = await linked({
        "models/m.sql": "select 1 as id",
        "models/m.yml": `models:\n  - name: m\n    columns:\n      - name: id\n        tags: [column]\n        tests:\n          ${form}\n`,
      });
      const test = manifest.nodes.get(nodeId("test.demo.unique_m_id"));
      if (test?.kind !== "data-test") throw new Error(`not linked: ${form}`);
      expect(test.config.severity).toBe("warn");
      expect(test.config.where?.value).toBe("id > 0");
      expect(test.config.tags).toEqual(["column", "x"]);
      expect(test.column).toBe("id");
      expect(manifest.parents.get(test.id)).toEqual([nodeId("model.demo.m")]);
    }
  });

  test("an own kind gets the node and the column by name, and is a query", async () => {
    const manifest = await linked({
      "models/m.sql": "select 1 as id",
      "models/n.sql": "select 1 as id",
      "macros/tests/divisible.sql":
        '{{params "model" "column" "other" divisor=2}}\nselect * from {{model}} join {{other}} using ({{column}}) where {{column}} % {{divisor}} > 0',
      "models/m.yml":
        "models:\n  - name: m\n    columns:\n      - name: id\n        data_tests:\n          - divisible: { divisor: 3, other: ref('n') }\n",
    });
    const test = manifest.nodes.get(nodeId("test.demo.divisible_m_id__3__ref_n_"));
    if (test?.kind !== "data-test" || test.test.kind !== "query") throw new Error("not linked");
    const text = test.test.body.pieces.map((p) => (p.kind === "text" ? p.text : `<${p.kind}>`)).join("");
    expect(text).toBe("select * from <reference> join <reference> using (id) where id % 3 > 0");
    expect(manifest.parents.get(test.id)).toEqual([nodeId("model.demo.m"), nodeId("model.demo.n")]);
  });
});
