/** The SQL of models in; which of them may look at what a source carries, by the names in their SQL, and what then follows. */
import type { ModelNode } from "../../../domain/manifest.ts";
import type { NodeId } from "../../../domain/names.ts";
import { textOf } from "../../../domain/sql.ts";
import { type NamedWords, namedWordsIn } from "../../../sql-syntax/named-words.ts";
import { loadParser } from "../../../sql-syntax/parser.ts";
import type { Carrier } from "./masked-source.ts";
import { type Stage, standingOn } from "./stage.ts";

/** Of these models those that may become others by one of these carriers: the rest is as in the full build. */
export type ChangedBy = (models: readonly ModelNode[], carriers: readonly Carrier[]) => readonly ModelNode[];

export const changedBy = async (stage: Pick<Stage, "manifest" | "queries">): Promise<ChangedBy> => {
  const parse = await loadParser();
  const wordsOf = new Map<NodeId, NamedWords | undefined>();
  for (const [id, query] of stage.queries) {
    const parsed = parse(textOf(query));
    wordsOf.set(id, parsed.kind === "error" ? undefined : namedWordsIn(parsed.statements.map((s) => s.tree)));
  }
  const mayName = (id: NodeId, column: string | undefined): boolean => {
    const words = wordsOf.get(id);
    return column === undefined || words === undefined || words.mayReadAll || words.words.has(column);
  };
  return (models, carriers) => {
    const changed = new Set<NodeId>();
    for (const { id } of models) {
      const parents = standingOn(stage.manifest, id);
      const looks = carriers.some((c) => parents.includes(c.source) && mayName(id, c.column));
      if (looks || parents.some((parent) => changed.has(parent))) changed.add(id);
    }
    return models.filter((m) => changed.has(m.id));
  };
};
