/** Roles are the server's: names of a test's own, dropped at its end. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { TestDatabase } from "./database.ts";

export const withRoles = async (database: TestDatabase, names: readonly string[]) => {
  const suffix = randomBytes(4).toString("hex");
  const roles = Object.fromEntries(names.map((name) => [name, `galley_${name}_${suffix}`]));
  for (const role of Object.values(roles)) await database.queryAsSuperuser(`create role ${role}`);
  return {
    of: (name: string): string => roles[name] ?? expect.fail(`no role ${name}`),
    /** `galley_ana_1234` → `ana`. */
    plain: (text: unknown): string =>
      Object.entries(roles).reduce(
        (shown, [name, role]) => shown.replaceAll(role, name),
        String(text).replaceAll(database.owner, "etl"),
      ),
    [Symbol.asyncDispose]: async () => {
      for (const role of Object.values(roles))
        await database.queryAsSuperuser(`drop owned by ${role} cascade; drop role ${role}`);
    },
  };
};
