/** The environment with what `.env` beside project.yml adds to it. Its values are secrets: nothing here prints one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";

export type Env = Readonly<Record<string, string | undefined>>;

/** The real environment wins. */
export const environmentOf = (root: string, env: Env): ((name: string) => string | undefined) => {
  const path = join(root, ".env");
  const file: Env = existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
  return (name) => own(env, name) ?? own(file, name);
};

const own = (env: Env, name: string): string | undefined => (Object.hasOwn(env, name) ? env[name] : undefined);
