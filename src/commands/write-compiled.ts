/** Writes each compiled model where people look for it: target/compiled/, below the path of its file; the query of an incremental model's new rows beside it. Secrets are masked. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Compiled } from "../domain/compiled.ts";
import type { Manifest } from "../domain/manifest.ts";
import { shownText } from "../domain/sql.ts";

export const writeCompiled = async (root: string, manifest: Manifest, compiled: Compiled): Promise<void> => {
  const files = [...compiled.models].flatMap(([id, model]) => {
    const node = manifest.nodes.get(id);
    if (node?.kind !== "model") return [];
    const path = join(root, "target", "compiled", node.path);
    const later = { path: path.replace(/\.sql$/, ".incremental.sql") };
    return [
      { path, text: shownText(model.query) },
      ...(model.later === undefined ? [] : [{ ...later, text: shownText(model.later) }]),
    ];
  });
  const folders = new Set(files.map((f) => dirname(f.path)));
  await Promise.all([...folders].map((folder) => mkdir(folder, { recursive: true })));
  await Promise.all(files.map((f) => writeFile(f.path, f.text.endsWith("\n") ? f.text : `${f.text}\n`)));
};
