/** Under a schema prefix, raw tables are shared with others: whoever writes them has to say that this is meant. */
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import type { Target } from "../domain/target.ts";
import type { RawInput } from "./inputs.ts";

export const sharedRawRefusal = (
  verb: string,
  { name, schemaPrefix }: Target,
  { isSharedRaw }: Pick<RawInput, "isSharedRaw">,
): Diagnostic | undefined =>
  schemaPrefix === "" || isSharedRaw
    ? undefined
    : errorOf(
        "migrate/shared-raw",
        `target "${name}" has the schema_prefix "${schemaPrefix}", and \`${verb}\` writes raw tables, which have none`,
        { help: `if everybody who uses this database is to get the change: galley ${verb} --shared-raw` },
      );
