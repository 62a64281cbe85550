/** From the files of `seeds/` to the plain seeds: those that no ingest mapping loads into raw tables. */
import type { IngestMapping } from "../../domain/ingest.ts";
import type { SeedFile } from "../../domain/project.ts";
import { placeInFolders } from "./list-files.ts";

export const findSeeds = (paths: readonly string[], mappings: readonly IngestMapping[]): readonly SeedFile[] => {
  const loadedRaw = new Set(mappings.flatMap((m) => m.path?.value ?? []));
  return paths
    .filter((path) => !loadedRaw.has(path))
    .map((path) => ({ path, ...placeInFolders(path, /\.csv(\.gz)?$/) }));
};
