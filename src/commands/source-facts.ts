/** What is known of the columns that a run's sources declare: of those that are missing, who uses them too. */
import type { Database } from "../domain/contracts/database.ts";
import { relationKey } from "../domain/names.ts";
import type { SourceFacts } from "../domain/source-facts.ts";
import { readSourceColumns } from "../postgres/source-columns.ts";
import { columnUses } from "../stages/compile/column-uses.ts";
import { declaredTypes, declaringSources, missingColumns } from "../stages/plan/source-columns.ts";
import type { Prepared } from "./prepare.ts";

export const sourceFactsOf = async (
  { manifest, compiled, inRun }: Prepared,
  database: Database,
): Promise<SourceFacts> => {
  const sources = declaringSources(manifest, compiled, inRun);
  const relations = [...new Map(sources.map(({ relation }) => [relationKey(relation), relation])).values()];
  const found = await database.withSession("read", (session) =>
    readSourceColumns(session, relations, declaredTypes(sources)),
  );
  return { ...found, uses: await columnUses(manifest, compiled, missingColumns(sources, found)) };
};
