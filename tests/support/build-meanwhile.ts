import { type Engine, openClient, type Told, until } from "./engine.ts";

/** Who stands before `others.gate`: of this database alone, as pg_locks shows those of the whole server. */
const WAITING = `select from pg_locks where relation = 'others.gate'::regclass and not granted
  and database = (select oid from pg_database where datname = current_database())`;

/** A build that waits in the middle, in a model that reads `others.gate`, for as long as `meanwhile` takes. */
export const buildMeanwhile = async (engine: Engine, meanwhile: () => Promise<unknown>): Promise<Told> => {
  const { database } = engine;
  await using holder = await openClient(database.url);
  await holder.query("begin; lock table others.gate in access exclusive mode");
  const running = engine.build();
  await until(async () => (await database.query(WAITING)).length > 0);
  await meanwhile();
  await holder.query("commit");
  return running;
};
