/** `galley init`: a new small project that builds at once, in a folder where nothing of it exists yet. */
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import type { NewProject } from "./answers.ts";
import type { Command, CommandResult } from "./context.ts";
import { IGNORED, projectFiles } from "./init-files.ts";
import type { InitInput } from "./inputs.ts";

export const init: Command<InitInput, NewProject> = async (context, input) => {
  const folder = resolve(context.projectDir, input.folder);
  const name = input.name ?? nameFor(folder);
  const refuse = (diagnostic: Diagnostic): CommandResult<NewProject> => {
    context.emit({ kind: "diagnostic", diagnostic });
    return { exitCode: exitOf([diagnostic]), value: undefined };
  };
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) return refuse(badName(name));
  const files = projectFiles(name, await schemasFrom(folder, folder));
  const existing: string[] = [];
  for (const path of files.keys()) if (await exists(join(folder, path))) existing.push(path);
  if (existing.length > 0) return refuse(inUse(folder, existing));
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: "wx" });
  }
  await ignoreOutput(join(folder, ".gitignore"));
  return { exitCode: 0, value: { folder, files: [...files.keys(), ".gitignore"] } };
};

const SCHEMAS = "node_modules/galley/schemas";

/** The installed package's schemas as seen from the project: in its folder, or in the nearest above that has any. */
const schemasFrom = async (project: string, folder: string): Promise<string | undefined> => {
  if (await exists(join(folder, SCHEMAS))) return relative(project, join(folder, SCHEMAS)).replaceAll("\\", "/");
  const above = dirname(folder);
  return above === folder ? undefined : schemasFrom(project, above);
};

const badName = (name: string): Diagnostic =>
  errorOf("cli/bad-value", `"${name}" cannot be a project's name`, {
    help: "a name has lower-case letters, digits and underscores, and begins with no digit",
  });

const inUse = (folder: string, existing: readonly string[]): Diagnostic =>
  errorOf("cli/folder-in-use", `${folder} already has ${existing.join(", ")}`, {
    help: "nothing is overwritten: choose another folder",
  });

const nameFor = (folder: string): string => {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(name) ? name : `project_${name}`.replace(/_$/, "");
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};

/** A .gitignore that is there is kept, and gets what it lacks. */
const ignoreOutput = async (path: string): Promise<void> => {
  const before = (await exists(path)) ? await readFile(path, "utf8") : "";
  const present = new Set(before.split(/\r?\n/).map((line) => line.trim()));
  const missing = IGNORED.filter((line) => !present.has(line));
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  if (missing.length > 0) await writeFile(path, `${before}${separator}${missing.join("\n")}\n`);
};
