import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { init } from "../../../src/commands/init.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import { quietContext } from "../../support/command-line.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "galley-init-"));
});
afterEach(() => rm(folder, { recursive: true }));

const run = async (input: Parameters<typeof init>[1]) => {
  const events: RunEvent[] = [];
  const context = quietContext(folder, (event) => events.push(event));
  const result = await init(context, input);
  return { ...result, codes: events.flatMap((e) => (e.kind === "diagnostic" ? [e.diagnostic.code] : [])) };
};

describe("galley init", () => {
  it("makes a project named after its folder, with every kind of file", async () => {
    const { exitCode, value } = await run({ folder: "My NBA-2", name: undefined });
    expect([exitCode, value?.folder]).toEqual([0, join(folder, "My NBA-2")]);
    expect((await readdir(join(folder, "My NBA-2"))).sort()).toEqual([".gitignore", "models", "project.yml", "seeds"]);
    expect(await readFile(join(folder, "My NBA-2", "project.yml"), "utf8")).toContain("name: my_nba_2\n");
  });

  it("adds to a .gitignore what it lacks, once", async () => {
    await writeFile(join(folder, ".gitignore"), "dist/\ntarget/");
    await run({ folder: ".", name: "x" });
    expect(await readFile(join(folder, ".gitignore"), "utf8")).toBe("dist/\ntarget/\nnode_modules/\n.galley/\n.env\n");
  });

  const SCHEMA_LINE = /^# yaml-language-server: \$schema=(.*)\n/;
  const schemaOf = async (...path: readonly string[]): Promise<string | undefined> => {
    const text = await readFile(join(folder, ...path), "utf8");
    return SCHEMA_LINE.exec(text)?.[1];
  };

  it.each([".", "a/b"])("names the installed schemas where the project is %s", async (project) => {
    const schemas = join(folder, "node_modules/galley/schemas");
    await mkdir(schemas, { recursive: true });
    await run({ folder: project, name: "x" });
    const ofProject = await schemaOf(project, "project.yml");
    const ofModels = await schemaOf(project, "models/models.yml");
    expect(resolve(folder, project, ofProject ?? "")).toBe(join(schemas, "project.schema.json"));
    expect(resolve(folder, project, "models", ofModels ?? "")).toBe(join(schemas, "properties.schema.json"));
  });

  it("names no schemas where none are installed", async () => {
    await run({ folder: ".", name: "x" });
    expect([await schemaOf("project.yml"), await schemaOf("models/models.yml")]).toEqual([undefined, undefined]);
  });

  it("overwrites nothing", async () => {
    await writeFile(join(folder, "project.yml"), "mine");
    const { exitCode, codes } = await run({ folder: ".", name: "x" });
    expect([exitCode, codes, await readdir(folder)]).toEqual([2, ["cli/folder-in-use"], ["project.yml"]]);
  });

  it("refuses a name that could not be a schema", async () => {
    const { exitCode, codes } = await run({ folder: ".", name: "1 x" });
    expect([exitCode, codes]).toEqual([2, ["cli/bad-value"]]);
  });
});
