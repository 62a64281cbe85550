/**
 * A statement over a stretch of lines as a temporary function that halves the stretch until the rows that the server
 * refuses stand alone. It runs on the server: no round trip and no savepoint for a row that is good.
 */
import { ident, joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { mapOneColumn, mapRows, rejectRows, writeRows } from "./step-sql.ts";
import { type BoundStep, LINE, mappedTable, REJECTS } from "./work-tables.ts";

type Phase = "reject" | "map" | "write";

/** What the row is to blame for: its values (22), a constraint (23), a lookup of two rows (21), a function's own RAISE, its size. */
const ROW_ERRORS = sql`left(galley_state, 2) in ('22', '23', '21', 'P0', '38', '39') or galley_state = '54000'`;

const LINES = sql`galley_low and galley_high`;

const functionName = ({ index }: BoundStep, phase: Phase): Sql => sql`pg_temp.${ident(`galley_${phase}_${index}`)}`;

/** `select` of one of the functions over all lines; it answers how many rows it wrote. */
export const callOver = (bound: BoundStep, phase: Phase, lastLine: Sql): Sql =>
  sql`select ${functionName(bound, phase)}(0, ${lastLine}) as written`;

export const createFunctions = (bound: BoundStep): Sql => {
  const reject = rejectRows(bound, LINES);
  return joinSql(
    [
      ...(reject === undefined ? [] : [halving(bound, "reject", reject)]),
      blameFunction(bound),
      halving(bound, "map", mapRows(bound, LINES)),
      halving(bound, "write", writeRows(bound, LINES)),
    ],
    sql`; `,
  );
};

/** The name of the first column that fails on a line alone. */
const blameFunction = (bound: BoundStep): Sql => {
  const name = sql`pg_temp.${ident(`galley_blame_${bound.index}`)}`;
  const tries = bound.step.columns.map(
    (c) => sql`galley_column := ${literal(c.name.value)};
  ${mapOneColumn(bound, c.name.value, c.expression, sql`galley_at`)};`,
  );
  const body = sql`
#variable_conflict use_column
declare galley_column text;
begin
  ${joinSql(tries, sql`\n  `)}
  delete from ${mappedTable(bound)} m where m.${LINE} = galley_at;
  return null;
exception when others then return galley_column;
end`;
  return sql`create or replace function ${name}(galley_at bigint) returns text language plpgsql as ${literal(textOf(body))}`;
};

const halving = (bound: BoundStep, phase: Phase, statement: Sql): Sql => {
  const name = functionName(bound, phase);
  const blame = phase === "map" ? sql`pg_temp.${ident(`galley_blame_${bound.index}`)}(galley_low)` : sql`null::text`;
  const body = sql`
#variable_conflict use_column
declare
  galley_written bigint; galley_state text; galley_message text; galley_detail text; galley_middle bigint;
begin
  begin
    ${statement};
    get diagnostics galley_written = row_count;
    return galley_written;
  exception when others then
    get stacked diagnostics galley_state = returned_sqlstate, galley_message = message_text, galley_detail = pg_exception_detail;
    if not (${ROW_ERRORS}) then raise; end if;
  end;
  if galley_low = galley_high then
    -- The detail of a check or a NULL repeats the row, which is kept anyway.
    if galley_state in ('23502', '23514') then galley_detail := null; end if;
    insert into ${REJECTS} (${LINE}, galley_step, galley_kind, galley_reason)
    values (galley_low, ${literal(bound.index)}, ${literal(phase === "write" ? "written" : "before")},
      concat_ws(': ', ${blame}, galley_message, nullif(galley_detail, '')))
    on conflict do nothing;
    return 0;
  end if;
  galley_middle := (galley_low + galley_high) / 2;
  return ${name}(galley_low, galley_middle) + ${name}(galley_middle + 1, galley_high);
end`;
  return sql`create or replace function ${name}(galley_low bigint, galley_high bigint) returns bigint language plpgsql as ${literal(textOf(body))}`;
};
