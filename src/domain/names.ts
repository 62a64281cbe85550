/** Ids and relation names, as PostgreSQL and dbt write them. */

declare const brand: unique symbol;

/** `model.nba.team_form`, `seed.nba.teams`, `source.nba.raw.matches`, `test.nba.unique_team_form_game_id`. */
export type NodeId = string & { readonly [brand]: "NodeId" };

export const nodeId = (id: string): NodeId => id as NodeId;

export type RelationName = { readonly schema: string; readonly name: string };

/** For people and for maps: `schema.name`, unquoted. For SQL use `relation()` of sql.ts. */
export const relationKey = ({ schema, name }: RelationName): string => `${schema}.${name}`;

/** Identifiers longer than this are cut by the server without a word, so Galley refuses them. */
export const MAX_NAME_BYTES = 63;

export const workspaceOf = (schema: string): string => `${schema}__next`;
export const parkingOf = (schema: string): string => `${schema}__old`;

/** With a digit behind it, a parking place is no longer than a workspace. */
const ASIDE = ["2", "3", "4", "5", "6", "7", "8", "9"];

/** Where publish parks, and then where that goes, as it is, while somebody goes on reading in it. */
export const parkingsOf = (schema: string): readonly string[] =>
  ["", ...ASIDE].map((digit) => `${parkingOf(schema)}${digit}`);

/** Where the new rows of an incremental model, or of a snapshot, stand, in the workspace. */
export const deltaOf = ({ schema, name }: RelationName): RelationName => ({
  schema: workspaceOf(schema),
  name: `${name}__delta`,
});

export const byteLength = (name: string): number => new TextEncoder().encode(name).length;

/** At most so many bytes, no character in halves. */
export const cutToBytes = (text: string, bytes: number): string => {
  let kept = text;
  while (byteLength(kept) > bytes) kept = kept.slice(0, (kept.codePointAt(kept.length - 2) ?? 0) > 0xffff ? -2 : -1);
  return kept;
};

/** The schema of Galley's own tables. */
export const bookkeepingSchema = (schemaPrefix: string): string => `${schemaPrefix}galley`;

/** The ledger of migrations is about raw, which a prefix never moves. */
export const LEDGER_SCHEMA = "galley";
