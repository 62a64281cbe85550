/** Entities in, a temporary table of them out, in which every key and time is of the type that the views have. */
import { Readable } from "node:stream";
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { type Diagnostic, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { TimedView } from "../../domain/features.ts";
import { authored, ident, idents, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { badRow, type EntityFile, placeInFile } from "./entity-file.ts";
import type { EntityColumns } from "./entity-times.ts";

export type EntitySource =
  | { readonly kind: "file"; readonly file: EntityFile }
  | { readonly kind: "query"; readonly query: Sql };

/** Its rows are numbered: by their lines in a file, else as the query gives them. */
export const LINE = "galley_line";
export const ENTITIES = sql`pg_temp.galley_entities`;

/** Within a transaction, with which the table goes. */
export const loadEntities = async (session: Session, source: EntitySource): Promise<Outcome<EntityColumns>> => {
  if (source.kind === "query") {
    await session.run(
      sql`create temporary table galley_entities on commit drop as select row_number() over () as ${ident(LINE)}, q.* from (\n${source.query}\n) as q; analyze galley_entities`,
    );
    const { columns } = await session.table(sql`select * from ${ENTITIES} limit 0`);
    return ok({ names: columns.slice(1), of: "the query", at: undefined });
  }
  const { columns, rows, found } = source.file;
  const texts = joinSql(
    columns.names.map((name) => sql`${ident(name)} text`),
    sql`, `,
  );
  await session.run(sql`create temporary table galley_entities (${ident(LINE)} bigint, ${texts}) on commit drop`);
  const into = sql`copy ${ENTITIES} (${idents([LINE, ...columns.names])}) from stdin (format csv)`;
  await session.copyFrom(into, Readable.from(rows));
  await session.run(sql`analyze ${ENTITIES}`);
  return found.length > 0 ? failed(...found) : ok(columns);
};

type Needed = { readonly name: string; readonly type: string; readonly isTime: boolean; readonly of: string };

/** The first value of each column that is not what the views need, by its row. */
export const unfitRows = async (
  session: Session,
  columns: EntityColumns,
  views: readonly TimedView[],
): Promise<readonly Diagnostic[]> => {
  const found: Diagnostic[] = [];
  for (const needed of neededOf(views)) {
    const line = await firstUnfit(session, needed);
    if (line === undefined) continue;
    const [row] = (await session.table(sql`select * from ${ENTITIES} where ${ident(LINE)} = ${literal(line)}`)).rows;
    const i = columns.names.indexOf(needed.name);
    const value = row?.[i + 1] ?? null;
    const where = columns.at === undefined ? `row ${line} of ${columns.of}` : `line ${line} of ${columns.of}`;
    const says = value === null ? "has no" : `has "${value}" as`;
    const at = columns.at === undefined ? undefined : placeInFile(columns.of, line, (row ?? []).slice(1), i);
    const help = needed.isTime ? "write 2024-01-31 or 2024-01-31 20:00:00; without a zone it is UTC" : undefined;
    found.push(badRow(`${where} ${says} ${needed.name}, which is ${needed.type} in ${needed.of}`, at, help));
  }
  return found;
};

const neededOf = (views: readonly TimedView[]): readonly Needed[] => {
  const all = views.flatMap(({ view, times }) => [
    ...view.entity.map(({ name, type }) => ({ name, type, isTime: false, of: view.name })),
    ...times.map((name, i) => ({ name, type: view.eventTime[i]?.type ?? "text", isTime: true, of: view.name })),
  ]);
  return [...new Map(all.map((needed) => [`${needed.name} ${needed.type} ${needed.isTime}`, needed])).values()];
};

/** By halves: which value it is that a cast refuses, no server says before version 16. */
const firstUnfit = async (session: Session, needed: Needed): Promise<number | undefined> => {
  const [range] = await session.rows(sql`select count(*) as n, max(${ident(LINE)}) as last from ${ENTITIES}`);
  let from = 1;
  let to = Number(range?.["last"] ?? 0);
  if (await allFit(session, needed, from, to)) return undefined;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (await allFit(session, needed, from, middle)) from = middle + 1;
    else to = middle;
  }
  return from;
};

const allFit = async (session: Session, { name, type, isTime }: Needed, from: number, to: number): Promise<boolean> => {
  const cast = sql`${ident(name)}::${authored(type, undefined)}`;
  await session.run(sql`savepoint fits`);
  try {
    const [row] = (
      await session.step(
        sql`select count(*) - count(${cast}) as missing from ${ENTITIES} where ${ident(LINE)} between ${literal(from)} and ${literal(to)}`,
      )
    ).flatMap(({ rows }) => rows);
    return !isTime || row?.["missing"] === "0";
  } catch (error) {
    if (!(error instanceof DatabaseError) || !/^(22|42846)/.test(error.sqlstate)) throw error;
    await session.step(sql`rollback to savepoint fits`);
    return false;
  }
};
