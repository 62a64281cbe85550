/** The Catalog that planning a run of these nodes needs, taken on a session that may be in a transaction. */
import type { Catalog } from "../domain/catalog.ts";
import type { Database, Session } from "../domain/contracts/database.ts";
import { isBuilt, isTest, type Manifest } from "../domain/manifest.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import { inspect } from "../postgres/inspect.ts";

export const photograph = (database: Database, session: Session, manifest: Manifest): Promise<Catalog> => {
  const schemas = new Set<string>();
  for (const node of manifest.nodes.values()) if (!isTest(node)) schemas.add(node.relation.schema);
  const relations = [...manifest.nodes.values()].filter(isBuilt).map((node) => node.relation);
  return inspect(session, {
    relations,
    schemas: [...schemas].sort(),
    bookkeeping: bookkeepingSchema(manifest.target.schemaPrefix),
    serverVersion: database.serverVersion,
  });
};
