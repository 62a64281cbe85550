/** From a stack trace that speaks of the files of dist/ to one that speaks of the modules in src/ they were made of. */
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { PACKAGE_ROOT } from "../lib/package-root.ts";

/** What has no place in a source map, or no map at all, stays as it is. */
export const inSources = (stack: string): string => {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(/(file:\/\/[^\s()]+):(\d+):(\d+)/g, (place, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, mapOf(file));
    const found = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (found === undefined || !("originalSource" in found)) return place;
    const source = new URL(found.originalSource, file).href.replace(PACKAGE_ROOT.href, "");
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
};

const mapOf = (file: string): SourceMap | undefined => {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${file}.map`), "utf8")) as SourceMapPayload);
  } catch {
    return undefined;
  }
};
