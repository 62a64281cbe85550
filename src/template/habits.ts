import type { Diagnostic } from "../domain/diagnostic.ts";
import type { SourceFile } from "../domain/source.ts";

export const habitsIn = (_file: SourceFile): readonly Diagnostic[] => [];
