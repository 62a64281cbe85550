/** A file's text in, its template out, or what is wrong with it: syntax, dbt's habits, forms that are left out. */
import { type Outcome, outcomeOf } from "../domain/diagnostic.ts";
import type { SourceFile } from "../domain/source.ts";
import { convert } from "./convert.ts";
import { habitsIn, hiddenHabits } from "./habits.ts";
import { placesOf } from "./places.ts";
import { readTree } from "./standing.ts";
import type { Template } from "./syntax.ts";
import { syntaxError } from "./syntax-error.ts";

export type { Template } from "./syntax.ts";

export const parseTemplate = (file: SourceFile): Outcome<Template> => {
  const places = placesOf(file);
  try {
    const tree = readTree(file.text);
    const habits = hiddenHabits(file);
    if (habits.length > 0) return { ok: false, diagnostics: habits };
    const { template, found } = convert(tree, places);
    return outcomeOf(() => template, found);
  } catch (error) {
    const wrong = syntaxError(file, places, error);
    const habits = habitsIn(file);
    return { ok: false, diagnostics: habits.length > 0 ? habits : [wrong] };
  }
};
