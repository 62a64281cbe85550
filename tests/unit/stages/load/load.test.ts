import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Diagnostic, Outcome } from "../../../../src/domain/diagnostic.ts";
import type { Project } from "../../../../src/domain/project.ts";
import { findProject } from "../../../../src/stages/load/find-project.ts";
import { listFiles } from "../../../../src/stages/load/list-files.ts";
import { type LoadRequest, load } from "../../../../src/stages/load/load.ts";
import { readSource } from "../../../../src/stages/load/read-file.ts";
import type { Template } from "../../../../src/template/syntax.ts";
import { withFiles } from "../../../support/golden-case.ts";

type Files = Readonly<Record<string, string>>;

const written = (files: Files) =>
  Object.entries(files).map(([path, text]) => ({ path, text, encoding: "utf8" as const }));

const loaded = (files: Files, request: Partial<LoadRequest> = {}): Promise<Outcome<Project<Template>>> =>
  withFiles(written(files), (root) =>
    load({ root, env: {}, cliVars: undefined, targetName: undefined, overrides: { threads: undefined }, ...request }),
  );

const projectOf = async (files: Files, request: Partial<LoadRequest> = {}): Promise<Project<Template>> => {
  const outcome = await loaded(files, request);
  if (!outcome.ok) throw new Error(outcome.diagnostics.map((d) => d.message).join("\n"));
  return outcome.value;
};

const P = "name: demo\nschema: analytics\n";
const SERVER = `${P}target: server\ntargets:\n  server: { type: postgres, url: "\${URL}", role: owner, lock_timeout: 5s, search_path: ext }\n  local: { type: embedded, threads: 2 }\n`;

describe("the environment", () => {
  test("is filled in from .env beside project.yml, and the real one wins", async () => {
    const files = { "project.yml": SERVER, ".env": "URL=postgres://file\nOTHER='from file'\n" };
    const fromFile = await projectOf(files);
    expect(fromFile.target).toMatchObject({ connection: { kind: "url", url: "postgres://file" } });
    expect(fromFile.env("OTHER")).toBe("from file");
    const real = await projectOf(files, { env: { URL: "postgres://real" } });
    expect(real.target).toMatchObject({ connection: { kind: "url", url: "postgres://real" } });
  });

  test("has no names of JavaScript's own", async () => {
    expect((await projectOf({ "project.yml": P })).env("constructor")).toBeUndefined();
  });

  test("gives numbers and booleans where they are asked for, and text elsewhere", async () => {
    const target = `{ type: postgres, host: h, port: "\${PORT}", password: "\${PASSWORD}", threads: "\${N}" }`;
    const project = await projectOf(
      { "project.yml": `${P}targets: { s: ${target} }\nmodels: { +enabled: "\${ON}" }\n` },
      { env: { PORT: "5433", PASSWORD: "123", N: "8", ON: "true" } },
    );
    expect(project.target).toMatchObject({ threads: 8, connection: { port: 5433, password: "123" } });
  });

  test("a default stands for a variable that is empty or not set", async () => {
    const files = { "project.yml": `name: demo\nschema: "s_\${A:-x}_\${B:-y}_\${C:-}"\n` };
    expect((await projectOf(files, { env: { A: "", B: "b" } })).schema.value).toBe("s_x_b_");
  });
});

describe("the target", () => {
  test("is the project's own, with what it says and the defaults", async () => {
    const { target } = await projectOf({ "project.yml": SERVER }, { env: { URL: "postgres://h/d" } });
    expect(target).toEqual({
      type: "postgres",
      name: "server",
      threads: 4,
      schemaPrefix: "",
      searchPath: ["ext"],
      lockTimeoutMs: 5000,
      publishTimeoutMs: 120_000,
      oldSnapshotWaitMs: 30_000,
      retries: 3,
      connection: { kind: "url", url: "postgres://h/d" },
      role: "owner",
    });
  });

  test("is the one that the command line names; another's variables need not be set", async () => {
    const { target } = await projectOf({ "project.yml": SERVER }, { targetName: "local" });
    expect(target).toMatchObject({ type: "embedded", name: "local", threads: 2 });
  });

  test("is the embedded server where none is declared, and --threads goes before its own", async () => {
    const { target } = await projectOf({ "project.yml": P }, { overrides: { threads: 9 } });
    expect(target).toMatchObject({ type: "embedded", name: "embedded", threads: 9 });
  });

  test("never shows its secrets in what is said of it", async () => {
    const files = {
      "project.yml": `${P}targets: { s: { type: postgres, url: "\${URL}", host: h, port: "\${PORT}" } }\n`,
    };
    const outcome = await loaded(files, { env: { URL: "postgres://u:hunter2@h/d", PORT: "hunter2" } });
    expect(outcome.ok).toBe(false);
    expect(JSON.stringify(outcome)).not.toContain("hunter2");
  });
});

describe("vars", () => {
  const files = {
    "project.yml": `${P}vars: { games: 5, on: false, list: [1, 2] }\nmodels: { a: { +enabled: "\${var.on}", +tags: "\${var.list}" } }\n`,
    "models/a.sql": "select 1",
  };

  test("keep their type, and the command line replaces them", async () => {
    const { vars } = await projectOf(
      { "project.yml": `${P}vars: { games: 5, list: [1, 2] }\n` },
      { cliVars: "games: 3" },
    );
    expect([...vars]).toEqual([
      ["games", 3],
      ["list", [1, 2]],
    ]);
  });

  test("a whole value of YAML keeps the var's type", async () => {
    const outcome = await loaded({ ...files, "project.yml": files["project.yml"].replace("[1, 2]", "[x, y]") });
    expect(outcome.ok && outcome.value.folders.models.folders.get("a")?.config.map((e) => e.value.kind)).toEqual([
      "scalar",
      "list",
    ]);
  });
});

describe("files", () => {
  test("are told apart by where they stand", async () => {
    const project = await projectOf({
      "project.yml": P,
      "models/deep/a.sql": "select 1",
      "models/deep/a_holds.test.sql": "select 1",
      "macros/m.sql": "1",
      "macros/tests/kind.sql": '{{params "model"}}select * from {{model}}',
      "seeds/plain.csv": "a\n1\n",
      "seeds/raw/teams.csv": "a\n1\n",
      "ingest/teams.yml":
        "ingest: teams\nfile: { path: seeds/raw/teams.csv }\nsteps: [{ into: raw.teams, key: a, columns: { a: a } }]\n",
      "migrations/0001_x.sql": "create schema raw;\n",
      "target/compiled/models/x.sql": "select {{",
    });
    expect(project.models.map((m) => [...m.folders, m.name])).toEqual([["deep", "a"]]);
    expect(project.singularTests.map((m) => m.name)).toEqual(["a_holds"]);
    expect(
      [...project.macros.values()].map(({ file }) => file.path).filter((path) => !path.startsWith("galley:")),
    ).toEqual(["macros/m.sql"]);
    expect([...project.genericTests.keys()]).toEqual(["kind"]);
    expect(project.seeds).toEqual([{ name: "plain", path: "seeds/plain.csv", folders: [] }]);
    expect(project.mappings.map((m) => m.path?.value)).toEqual(["seeds/raw/teams.csv"]);
    expect(project.migrations).toEqual([{ path: "migrations/0001_x.sql", text: "create schema raw;\n" }]);
  });

  test("project.yml is searched upward", () =>
    withFiles(written({ "project.yml": P }), async (root) => {
      const deep = join(root, "models", "deep");
      mkdirSync(deep, { recursive: true });
      expect(findProject(deep)).toEqual({ ok: true, value: root, warnings: [] });
    }));

  test("what cannot be read is said with the system's reason", () =>
    withFiles([], async (root) => {
      mkdirSync(join(root, "models", "a.sql"), { recursive: true });
      const found: Diagnostic[] = [];
      expect(readSource(root, "models/a.sql", found)).toBeUndefined();
      expect(found.map((d) => [d.code, d.message])).toEqual([
        ["load/unreadable-file", "models/a.sql cannot be read (EISDIR)"],
      ]);
    }));
});

describe("the files of a project", () => {
  test("a model that is a link to nothing, or to itself, is not passed over: reading it says why", () =>
    withFiles(written({ "models/one.sql": "" }), async (root) => {
      symlinkSync(join(root, "nothing"), join(root, "models/gone.sql"));
      symlinkSync(join(root, "models/loop.sql"), join(root, "models/loop.sql"));
      const found: Diagnostic[] = [];
      const { models } = await listFiles(root, found);
      for (const path of models) readSource(root, path, found);
      expect(found.map((d) => d.message)).toEqual([
        "models/gone.sql cannot be read (ENOENT)",
        "models/loop.sql cannot be read (ELOOP)",
      ]);
    }));

  test("are those behind links too, but for links that lead back; what begins with a dot is none", () =>
    withFiles(
      written({ "models/a/one.sql": "", "models/.b/two.sql": "", "models/.three.sql": "", "other/four.sql": "" }),
      async (root) => {
        symlinkSync(join(root, "other"), join(root, "models/linked"));
        symlinkSync(join(root, "models"), join(root, "models/a/back"));
        symlinkSync(join(root, "models/a"), join(root, "models/a/itself"));
        symlinkSync(join(root, "other/four.sql"), join(root, "models/five.sql"));
        const found: Diagnostic[] = [];
        const { models } = await listFiles(root, found);
        expect({ models, found }).toEqual({
          models: ["models/a/one.sql", "models/five.sql", "models/linked/four.sql"],
          found: [],
        });
      },
    ));
});
