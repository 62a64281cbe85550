/** The door: what bin/galley.js opens. It loads nothing but what `--version` needs until the verb is known. */
import { readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { PACKAGE_ROOT } from "../lib/package-root.ts";

const { version } = JSON.parse(readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8")) as {
  readonly version: string;
};
const words = process.argv.slice(2);

if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
  process.stdout.write(`${version}\n`);
} else {
  // From Node 22 on it keeps compiled code between calls; @types/node of the oldest supported Node does not know it.
  (nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();
  // Node 20 has no such name, and the driver would load all of fetch to find out that this is no Cloudflare worker.
  if (!("navigator" in globalThis)) Object.defineProperty(globalThis, "navigator", { value: { userAgent: "Node.js" } });
  const { openDoor } = await import("./door.ts");
  await openDoor(words, version);
}
