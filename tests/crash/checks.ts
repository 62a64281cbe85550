/** What must be true after a crash, and after the next build; each that is not is a finding in words. */
import { differences, type LiveState, liveState } from "./live-state.ts";

/** A query in a session of its own; the rows of the last statement. */
export type Asks = (text: string) => Promise<readonly Record<string, unknown>[]>;

export type Known = { readonly old: LiveState; readonly next: LiveState };

/** Whoever asks is no part of any run. */
export const liveIsOneOf = async (ask: Asks, { old, next }: Known): Promise<readonly string[]> => {
  const state = await liveState(ask);
  const fromOld = differences(state, old);
  const fromNext = differences(state, next);
  if (fromOld.length > 0 && fromNext.length > 0) {
    return [`live is neither old (not in ${fromOld.join(", ")}) nor new (not in ${fromNext.join(", ")})`];
  }
  const strays = await historyStrays(ask);
  if (strays.length > 0) return strays;
  const [run] = await ask("select run_id, state from galley.runs order by started_at desc limit 1");
  const isNew = fromNext.length === 0;
  const saysNew = run?.["state"] === "published" || run?.["state"] === "succeeded";
  // A run that was killed before it wrote its row leaves the row of the one before.
  const isOwn = run !== undefined && (await isUnfinished(ask, run["run_id"]));
  return isOwn && isNew !== saysNew ? [`live is ${isNew ? "new" : "old"}, and the run's row says ${run["state"]}`] : [];
};

/** A history grows and is never the same twice; what it holds as current must be what live shows. */
const historyStrays = async (ask: Asks): Promise<readonly string[]> => {
  const strays = await ask(`
select coalesce(h.team_id, f.team_id) as team, h.day as kept, f.day as shown
from (select team_id, day from history.team_history where dbt_valid_to is null) h full join shop.team_form f on f.team_id = h.team_id
where h.day is distinct from f.day
union all select team_id, null, null from history.team_history group by team_id having count(*) filter (where dbt_valid_to is null) <> 1`);
  return strays.map(({ team, kept, shown }) => `the history of team ${team} holds day ${kept}, live shows ${shown}`);
};

const isUnfinished = async (ask: Asks, run: unknown): Promise<boolean> =>
  (await ask(`select from galley.runs where run_id = '${String(run)}' and finished_at is null`)).length > 0;

/** In a transaction that is rolled back. The time limit is only for a fault. */
export const rawIsWritable = async (ask: Asks): Promise<readonly string[]> => {
  try {
    await ask(`begin; set local lock_timeout = '30s';
insert into raw.teams values (1001, 'probe'); insert into raw.games values (1001, 1001, 1);
insert into raw.bets values (1001, 100); delete from raw.bets where bet_id <= 10;
update raw.games set points = points + 1; delete from raw.games where game_id = 1001; delete from raw.teams where team_id = 1001;
truncate raw.games, raw.notes; rollback`);
    return [];
  } catch (error) {
    return [`raw is not writable: ${(error as Error).message}`];
  }
};

/** After the next build: it is new, and nothing of the crashed run is left anywhere. */
export const nothingIsLeft = async (ask: Asks, next: LiveState, recoveredBy: string): Promise<readonly string[]> => {
  const differs = differences(await liveState(ask), next);
  const strays = await historyStrays(ask);
  const left = await ask(LEFT);
  const zombies = await ask(zombieRows(recoveredBy));
  return [
    ...(differs.length === 0 ? [] : [`after the next build live is not new in ${differs.join(", ")}`]),
    ...strays,
    ...left.map(({ what, name }) => `left behind: ${what} ${name}`),
    ...zombies.map(({ node_id }) => `the crashed run wrote ${node_id} after the next one had begun`),
  ];
};

const LEFT = `
select 'schema' as what, nspname::text as name from pg_namespace where nspname like any (array['%\\_\\_next', '%\\_\\_old'])
union all select 'constraint', conrelid::regclass || ' ' || conname from pg_constraint where conname like '%\\_\\_next' or pg_get_constraintdef(oid) like '%\\_\\_next.%'
union all select 'relation', oid::regclass::text from pg_class where relname like any (array['galley\\_twin%', '%\\_\\_next', '%\\_\\_old'])
union all select 'session of', application_name from pg_stat_activity where datname = current_database() and application_name like 'galley/%'
union all select 'unfinished run', run_id::text || ' ' || state from galley.runs where finished_at is null or state = 'running'`;

const zombieRows = (recoveredBy: string): string => `
select n.node_id from galley.nodes n join galley.runs next on next.run_id = '${recoveredBy}' join galley.runs dead on dead.run_id = n.run_id
where dead.started_at < next.started_at and n.built_at > next.started_at`;
