/** One connection as a Session: Sql in, text out. A statement that fails inside a transaction leaves none open. */
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import type { DatabaseError, QueryResult, Row, Session, TableResult } from "../domain/contracts/database.ts";
import type { Personal } from "../domain/personal.ts";
import { type Sql, textOf } from "../domain/sql.ts";
import { type Field, makeDescribe } from "./describe.ts";
import { toDatabaseError } from "./errors.ts";

/** Called before and after each message, for `--debug`. */
export type Trace = (statement: Sql, ms: number, error: DatabaseError | undefined) => void;

export const makeSession = (
  client: pg.Client,
  backendPid: number,
  trace: Trace | undefined,
  personal: Personal,
): Session => {
  const timed = async <T>(statement: Sql, send: () => Promise<T>): Promise<T> => {
    try {
      return await traced(statement, send);
    } catch (error) {
      // Harmless where no transaction is open (a warning), and the only sure way where one is.
      await client.query("rollback").catch(() => undefined);
      throw error;
    }
  };

  const traced = async <T>(statement: Sql, send: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    try {
      const answer = await send();
      trace?.(statement, performance.now() - startedAt, undefined);
      return answer;
    } catch (cause) {
      const error = toDatabaseError(cause, statement, personal);
      trace?.(statement, performance.now() - startedAt, error);
      throw error;
    }
  };

  const send = async (statement: Sql): Promise<readonly QueryResult[]> => {
    const answer: unknown = await client.query(textOf(statement));
    const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryResult<Row>[];
    return results.map((r) => ({ rows: r.rows, command: r.command, rowCount: r.rowCount ?? undefined }));
  };
  const run = (statement: Sql): Promise<readonly QueryResult[]> => timed(statement, () => send(statement));
  const rows = async (statement: Sql): Promise<readonly Row[]> => (await run(statement)).at(-1)?.rows ?? [];
  const fields = (statement: Sql): Promise<readonly { readonly fields: readonly Field[] }[]> =>
    timed(statement, async () => {
      const answer: unknown = await client.query(textOf(statement));
      return (Array.isArray(answer) ? answer : [answer]) as { fields: Field[] }[];
    });

  const tables = (statement: Sql): Promise<readonly TableResult[]> =>
    timed(statement, async () => {
      const answer: unknown = await client.query({ text: textOf(statement), rowMode: "array" });
      const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryArrayResult<(string | null)[]>[];
      return results.map(({ fields, rows }) => ({ columns: fields.map((f) => f.name), rows }));
    });

  return {
    backendPid,
    run,
    step: (statement) => traced(statement, () => send(statement)),
    rows,
    table: async (statement: Sql): Promise<TableResult> =>
      (await tables(statement)).findLast(({ columns }) => columns.length > 0) ?? { columns: [], rows: [] },
    tables,
    describe: makeDescribe(fields, rows),
    copyFrom: (statement: Sql, source: Readable) =>
      timed(statement, async () => {
        const copy = client.query((await copyStreams()).from(textOf(statement)));
        await pipeline(source, copy);
        return copy.rowCount ?? 0;
      }),
    copyTo: (statement: Sql, sink: Writable) =>
      timed(statement, async () => {
        const copy = client.query((await copyStreams()).to(textOf(statement)));
        await pipeline(copy, sink, { end: false });
        return copy.rowCount ?? 0;
      }),
    prepared: (name: string, statement: Sql, values: readonly (string | null)[]): Promise<TableResult> =>
      timed(statement, async () => {
        const answer = await client.query({ name, text: textOf(statement), values: [...values], rowMode: "array" });
        return { columns: answer.fields.map((f) => f.name), rows: answer.rows as (string | null)[][] };
      }),
  };
};

/** Most runs copy nothing, and need not load it. */
const copyStreams = () => import("pg-copy-streams");
