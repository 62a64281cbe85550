/** Writes each compiled model where people look for it: target/compiled/, below the path of its file; the query of an incremental model's new rows beside it. Secrets are masked. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fillIn } from "../domain/batch.ts";
import type { Compiled } from "../domain/compiled.ts";
import type { Manifest } from "../domain/manifest.ts";
import { type Sql, shownText } from "../domain/sql.ts";

export const writeCompiled = async (root: string, manifest: Manifest, compiled: Compiled): Promise<void> => {
  const files = [...compiled.models].flatMap(([id, model]) => {
    const node = manifest.nodes.get(id);
    if (node?.kind !== "model") return [];
    const path = join(root, "target", "compiled", node.path);
    // One batch that spans all: the marks for the bounds say nothing to a reader.
    const microbatch = node.config.incremental.microbatch;
    const span = microbatch === undefined ? undefined : { start: microbatch.begin, end: compiled.startedAt };
    const shown = (query: Sql): string => shownText(span === undefined ? query : fillIn(query, span));
    const later = { path: path.replace(/\.sql$/, ".incremental.sql") };
    return [
      { path, text: shown(model.query) },
      ...(model.later === undefined ? [] : [{ ...later, text: shown(model.later) }]),
    ];
  });
  const folders = new Set(files.map((f) => dirname(f.path)));
  await Promise.all([...folders].map((folder) => mkdir(folder, { recursive: true })));
  await Promise.all(files.map((f) => writeFile(f.path, f.text.endsWith("\n") ? f.text : `${f.text}\n`)));
};
