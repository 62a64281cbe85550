/** The comments of a node's relation: its descriptions, where they say something and are not switched off. */
import type { BuiltNode } from "../../domain/manifest.ts";
import type { BuildTask } from "../../domain/plan.ts";

/** What holds new rows goes: the relation on live gets its comments in publish. */
export const NO_COMMENTS: BuildTask["comments"] = { relation: undefined, columns: [] };

export const commentsOf = ({ description, columns, config }: BuiltNode): BuildTask["comments"] => ({
  relation: config.persistDocs.relation && description.trim() !== "" ? description.trim() : undefined,
  columns: config.persistDocs.columns
    ? columns.flatMap(({ name, description: text, span }) =>
        text.trim() === "" ? [] : [{ name, text: text.trim(), at: span }],
      )
    : [],
});
