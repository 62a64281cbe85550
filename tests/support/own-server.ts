/** A server of a test's own, for what is set for a whole server. */
import { THROWAWAY_SETTINGS } from "../../src/postgres/embedded/settings.ts";
import { databaseAt, type TestDatabase } from "./database.ts";
import { startEmbeddedServer } from "./test-server.ts";

/** Its table of locks is as small as PostgreSQL allows: it promises 160 locks, so that one publish may take 80 of them. */
const SMALL = { max_connections: "16", max_locks_per_transaction: "10" };

/** Autovacuum looks at the database each second, and so slowly at a table that whoever looks finds it there. */
const VACUUMED = {
  autovacuum_naptime: "1s",
  autovacuum_vacuum_threshold: "0",
  autovacuum_vacuum_scale_factor: "0",
  autovacuum_vacuum_cost_limit: "1",
  autovacuum_vacuum_cost_delay: "100ms",
};

export const withSmallServer = (): Promise<TestDatabase> => withServerOf(SMALL);
export const withVacuumedServer = (): Promise<TestDatabase> => withServerOf(VACUUMED);

const withServerOf = async (parameters: Readonly<Record<string, string>>): Promise<TestDatabase> => {
  const settings = { ...THROWAWAY_SETTINGS, parameters: { ...THROWAWAY_SETTINGS.parameters, ...parameters } };
  const { adminUrl, close } = await startEmbeddedServer("of a test's own", settings);
  return databaseAt(adminUrl, close);
};
