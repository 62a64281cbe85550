/** A planned seed and an empty table of its columns in; the table filled by COPY, and what had to be widened, out. */
import { Readable } from "node:stream";
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { type Diagnostic, failed, type Outcome, ok, warningOf } from "../../domain/diagnostic.ts";
import type { RelationName } from "../../domain/names.ts";
import { authored, ident, idents, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { encodeRow, fieldText, rowFields } from "../../lib/csv-field.ts";
import { type CsvRows, isUsable, ROW } from "../../lib/csv-scan.ts";
import { copyFailure } from "./copy-failure.ts";
import { ALL_TYPES, firstOf, type InferredType, setOf, typesOfField } from "./field-types.ts";
import { type CsvTable, openTable, readFile } from "./open-table.ts";
import type { SeedColumn, SeedPlan } from "./plan-seed.ts";
import { readFailure } from "./read-failure.ts";
import { rowDiagnostic } from "./row-faults.ts";

export type LoadedSeed = {
  readonly rows: number;
  /** As they ended: a column of the table may have been widened. */
  readonly columns: readonly SeedColumn[];
};

const MOST_FAULTS = 10;

/**
 * The table has the plan's columns and is empty; the caller's transaction is open. When a value does not fit what was
 * inferred, the rest of the file is read for the types that do, and the table is altered and loaded again. A file that
 * cannot be loaded ends the transaction, as any failed statement does.
 */
export const copySeed = async (session: Session, into: RelationName, plan: SeedPlan): Promise<Outcome<LoadedSeed>> => {
  // A time without a zone means the same on every machine.
  if (plan.columns.some((c) => !c.isDeclared && c.type !== "text")) await session.run(sql`set local timezone to 'UTC'`);
  const first = await copyOnce(session, into, plan, plan.columns);
  if (!first.ok) return first;
  if (first.value.misfits.length === 0) return ok({ rows: first.value.rows, columns: plan.columns });
  const columns = plan.columns.map((column, i) => {
    const type = first.value.misfits.find((m) => m.column === i)?.type;
    return type === undefined ? column : { ...column, type };
  });
  await session.run(alterTypes(into, columns, first.value.misfits));
  const second = await copyOnce(session, into, plan, columns);
  if (!second.ok) return second;
  const warnings = first.value.misfits.map((misfit) => widened(plan, misfit));
  return ok({ rows: second.value.rows, columns }, warnings);
};

type Misfit = {
  readonly column: number;
  readonly type: InferredType;
  readonly line: number;
  readonly value: string;
};

type Pass = { readonly rows: number; readonly misfits: readonly Misfit[] };

/** What goes wrong in the file while the server is fed from it. */
type Feed = {
  readonly faults: Diagnostic[];
  readonly fitting: number[];
  readonly firstMisfits: Map<number, { readonly line: number; readonly value: string }>;
  /** Where the lines of what was sent are, in the file: later entries win. */
  readonly lines: { readonly sent: number; readonly ahead: number }[];
};

const copyOnce = async (
  session: Session,
  into: RelationName,
  plan: SeedPlan,
  columns: readonly SeedColumn[],
): Promise<Outcome<Pass>> => {
  const feed: Feed = { faults: [], fitting: columns.map(() => ALL_TYPES), firstMisfits: new Map(), lines: [] };
  try {
    const { absolutePath, label } = plan.file;
    const table = await openTable(readFile(absolutePath), label, plan.delimiter, plan.headerCase);
    if (!table.ok) return table;
    const bytes = Readable.from(copyBytes(table.value, plan, columns, feed), { objectMode: false });
    const rows = await session.copyFrom(copyStatement(into, columns, plan.delimiter), bytes);
    const misfits = [...feed.firstMisfits].map(([column, first]) => ({
      column,
      type: firstOf(feed.fitting[column] ?? ALL_TYPES),
      ...first,
    }));
    return ok({ rows, misfits });
  } catch (error) {
    if (feed.faults.length > 0) return failed(...feed.faults);
    if (error instanceof DatabaseError && /^2[23]/.test(error.sqlstate))
      return failed(copyFailure(error, plan, feed.lines));
    const unread = readFailure(error, plan.file.label);
    if (unread !== undefined) return failed(unread);
    throw error;
  }
};

/** The file's own bytes wherever they mean to COPY what they mean here. Ends early at a value that does not fit. */
async function* copyBytes(
  { columns: names, headerLine, blocks }: CsvTable,
  plan: SeedPlan,
  columns: readonly SeedColumn[],
  feed: Feed,
): AsyncGenerator<Buffer, void, undefined> {
  const checked = columns.flatMap((c, i) => (c.isDeclared || c.type === "text" ? [] : [i]));
  const wanted = columns.map((c) => (c.isDeclared ? 0 : setOf(c.type as InferredType)));
  for await (const rows of blocks) {
    // A file that was replaced since it was planned.
    if (names.length !== columns.length) throw new Error(`${plan.file.label} changed while it was read`);
    findFaults(rows, plan, feed);
    for (const column of checked) findMisfits(rows, column, wanted[column] ?? 0, feed);
    if (feed.faults.length >= MOST_FAULTS) break;
    // Nothing more is sent, but all is read: every fault is to be told, and the types are to fit the whole file.
    if (feed.faults.length > 0 || feed.firstMisfits.size > 0) continue;
    const isAsItStands =
      !rows.hasCarriageReturn && (columns.length > 1 || !rows.bytes.includes("\\.")) && allPlain(rows);
    if (feed.lines.length === 0) feed.lines.push({ sent: 0, ahead: (rows.lines[rows.first] ?? headerLine + 1) - 1 });
    if (isAsItStands) yield* wholeBlock(rows);
    else yield rowByRow(rows, plan.delimiter, columns.length, feed);
  }
  if (feed.faults.length > 0) throw new Error(`${plan.file.label} has bad rows`);
}

const allPlain = ({ states, first, count }: CsvRows): boolean => {
  for (let row = first; row < count; row++) if (states[row] !== ROW.plain) return false;
  return true;
};

function* wholeBlock(rows: CsvRows): Generator<Buffer, void, undefined> {
  yield rows.bytes.subarray(rows.starts[rows.first] ?? 0, rows.consumed);
  if (rows.bytes[rows.consumed - 1] !== 0x0a) yield Buffer.from("\n");
}

const rowByRow = (rows: CsvRows, delimiter: string, columns: number, feed: Feed): Buffer => {
  const parts: string[] = [];
  for (let row = rows.first; row < rows.count; row++) {
    if (rows.states[row] === ROW.blank) {
      const ahead = (feed.lines.at(-1)?.ahead ?? 0) + 1;
      feed.lines.push({ sent: (rows.lines[row] ?? 0) - ahead, ahead });
    } else if (rows.states[row] === ROW.plain && columns > 1) {
      parts.push(rows.bytes.toString("utf8", rows.starts[row], rows.ends[row]), "\n");
    } else parts.push(encodeRow(rowFields(rows, row), delimiter));
  }
  return Buffer.from(parts.join(""));
};

const findFaults = (rows: CsvRows, plan: SeedPlan, feed: Feed): void => {
  for (let row = rows.first; row < rows.count; row++) {
    if (isUsable(rows.states[row] ?? 0) || rows.states[row] === ROW.blank) continue;
    if (feed.faults.length < MOST_FAULTS) {
      feed.faults.push(rowDiagnostic(rows, row, plan.file.label, plan.columns.length));
    }
  }
};

const findMisfits = (rows: CsvRows, column: number, wanted: number, feed: Feed): void => {
  let fitting = feed.fitting[column] ?? 0;
  for (let row = rows.first; row < rows.count; row++) {
    if (!isUsable(rows.states[row] ?? 0) || rows.states[row] === ROW.blank) continue;
    fitting &= typesOfField(rows, row, column);
    if ((fitting & wanted) === 0 && !feed.firstMisfits.has(column)) {
      feed.firstMisfits.set(column, { line: rows.lines[row] ?? 0, value: fieldText(rows, row, column) ?? "" });
    }
  }
  feed.fitting[column] = fitting;
};

const copyStatement = (into: RelationName, columns: readonly SeedColumn[], delimiter: string): Sql =>
  sql`copy ${relation(into)} (${idents(columns.map((c) => c.name))}) from stdin with (format csv, delimiter ${literal(delimiter)}, encoding 'UTF8')`;

const alterTypes = (into: RelationName, columns: readonly SeedColumn[], misfits: readonly Misfit[]): Sql => {
  const changes = misfits.map(({ column, type }) => {
    const name = ident(columns[column]?.name ?? "");
    return sql`alter column ${name} type ${authored(type, undefined)} using NULL`;
  });
  return sql`truncate ${relation(into)}; alter table ${relation(into)} ${joinSql(changes, sql`, `)}`;
};

const widened = (plan: SeedPlan, { column, type, line, value }: Misfit): Diagnostic => {
  const { name, type: before } = plan.columns[column] ?? { name: "", type: "" };
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return warningOf(
    "ingest/column-widened",
    `${plan.file.label}: column ${name} is ${type}, not ${before}, because of "${shown}" on line ${line}; the seed was loaded again`,
    { help: `declare it to load once: column_types: { ${name}: ${type} }` },
  );
};
