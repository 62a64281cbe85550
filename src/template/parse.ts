/** A file's text in, its template out, or what is wrong with it: syntax, dbt's habits, forms that are left out. */
import { type Outcome, outcomeOf } from "../domain/diagnostic.ts";
import type { SourceFile } from "../domain/source.ts";
import { convert } from "./convert.ts";
import { habitsIn } from "./habits.ts";
import { placesOf } from "./places.ts";
import { readTree } from "./standing.ts";
import type { Template } from "./syntax.ts";
import { syntaxError } from "./syntax-error.ts";

export type { Template } from "./syntax.ts";

export const parseTemplate = (file: SourceFile): Outcome<Template> => {
  const habits = habitsIn(file);
  if (habits.length > 0) return { ok: false, diagnostics: habits };
  const places = placesOf(file);
  try {
    const { template, found } = convert(readTree(file.text), places);
    return outcomeOf(() => template, found);
  } catch (error) {
    return { ok: false, diagnostics: [syntaxError(file, places, error)] };
  }
};
