/** Hashes of the plain seeds' files of a selection: what tells a run that goes on from another whether they changed. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";

export const seedFileHashes = async (
  root: string,
  manifest: Manifest,
  nodes: readonly NodeId[],
): Promise<ReadonlyMap<NodeId, string>> => {
  const hashes = new Map<NodeId, string>();
  for (const id of nodes) {
    const node = manifest.nodes.get(id);
    if (node?.kind !== "seed") continue;
    const hash = await fileHash(join(root, node.path));
    if (hash !== undefined) hashes.set(id, hash);
  }
  return hashes;
};

/** Undefined where it cannot be read: loading it says why. */
const fileHash = async (path: string): Promise<string | undefined> => {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch {
    return undefined;
  }
  return hash.digest("hex");
};
