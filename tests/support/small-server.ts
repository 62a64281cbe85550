/** A server of a test's own whose table of locks is as small as PostgreSQL allows. */
import { THROWAWAY_SETTINGS } from "../../src/postgres/embedded/settings.ts";
import { databaseAt, type TestDatabase } from "./database.ts";
import { startEmbeddedServer } from "./test-server.ts";

/** It promises 160 locks, so that one publish may take 80 of them. */
const SMALL = { max_connections: "16", max_locks_per_transaction: "10" };

export const withSmallServer = async (): Promise<TestDatabase> => {
  const settings = { ...THROWAWAY_SETTINGS, parameters: { ...THROWAWAY_SETTINGS.parameters, ...SMALL } };
  const { adminUrl, close } = await startEmbeddedServer("of a test's own", settings);
  return databaseAt(adminUrl, close);
};
