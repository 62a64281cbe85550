/** The reference project in a folder of its own, run by the real program on a database of its own. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { type TestDatabase, withTestDatabase } from "./database.ts";
import { type CliResult, makeProject } from "./project.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PARTS = ["project.yml", "migrations", "seeds", "ingest", "macros", "models"];

export type ReferenceProject = {
  readonly database: TestDatabase;
  /** A verb and its flags on the target `server`; must go well. */
  readonly galley: (...args: readonly string[]) => Promise<CliResult>;
  readonly query: TestDatabase["query"];
  readonly remove: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** Migrated, and nothing loaded. */
export const makeReferenceProject = async (): Promise<ReferenceProject> => {
  const [project, database] = await Promise.all([makeProject({}), withTestDatabase()]);
  await Promise.all(PARTS.map((part) => cp(join(ROOT, part), join(project.root, part), { recursive: true })));
  const galley = async (...args: readonly string[]): Promise<CliResult> => {
    const result = await project.galley([...args, "--target", "server"], { env: { DATABASE_URL: database.url } });
    expect(result.code, result.stdout + result.stderr).toBe(0);
    return result;
  };
  const remove = async (): Promise<void> => {
    await database.drop();
    await project.remove();
  };
  await galley("migrate");
  return { database, galley, query: database.query, remove, [Symbol.asyncDispose]: remove };
};
