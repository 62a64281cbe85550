/** Calls of the macros that come with Galley, as SQL. */
import { libraryMacros } from "../../src/stages/load/library.ts";
import { rendered, scopeOf } from "./templates.ts";

const scope = { ...scopeOf(), macros: libraryMacros() };

/** What stands between `{{> ` and `}}`; relations are named as text. */
export const calledMacro = (call: string): string => rendered(`{{> ${call}}}`, scope);
