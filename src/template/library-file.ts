/** The files of the macros that come with Galley, told from a project's own by their paths. */
import type { SourceFile } from "../domain/source.ts";

const PREFIX = "galley:";

/** `path` is relative to the package. */
export const libraryPath = (path: string): string => PREFIX + path;

export const isOfLibrary = ({ path }: SourceFile): boolean => path.startsWith(PREFIX);
