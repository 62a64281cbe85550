/** Reads how large the server's table of locks is, and how full. */
import type { Row, Session } from "../domain/contracts/database.ts";
import type { LockTable } from "../domain/lock-table.ts";
import { sql } from "../domain/sql.ts";

/** Weak locks that a session keeps to itself ("fast path") take no entry, nor do those on virtual ids. */
export const lockTableFacts = sql`
select current_setting('max_locks_per_transaction') as per_transaction,
  current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) as promised,
  (select count(*) from (select distinct locktype, database, relation, page, tuple, transactionid, classid, objid, objsubid
    from pg_locks where not fastpath and locktype <> 'virtualxid' and pid is distinct from pg_backend_pid()) held) as in_use`;

export const lockTableOf = (row: Row | undefined): LockTable => ({
  perTransaction: Number(row?.["per_transaction"]),
  promised: Number(row?.["promised"]),
  inUse: Number(row?.["in_use"]),
});

export const readLockTable = async (session: Session): Promise<LockTable> =>
  lockTableOf((await session.rows(lockTableFacts))[0]);
