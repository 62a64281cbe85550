/** Whether a pooler stands before the server that lends a session for one transaction at a time. */
import type pg from "pg";
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";

/**
 * Two connections that one server process answers, or one that is answered by two. A pooler that happens to lend each
 * of the two the same session again and again is not seen; with nothing else to do it lends both the same one. Nothing
 * is set: it would stay on sessions that others are lent next.
 */
export const lendsSessions = async (first: pg.Client, second: pg.Client): Promise<boolean> => {
  const [one, other, again] = [await processOf(first), await processOf(second), await processOf(first)];
  return one === other || one !== again;
};

const processOf = async (client: pg.Client): Promise<string> =>
  String((await client.query("select pg_backend_pid() as pid")).rows[0]?.pid);

export const pooled = (target: string): Diagnostic =>
  errorOf("postgres/pooled", `target "${target}" reaches its server through a pooler in transaction mode`, {
    help: "give the target the server's own port (often 5432), or one of the pooler in session mode",
  });
