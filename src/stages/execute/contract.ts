/**
 * Holds a model's query to its contract: names and types, as PostgreSQL describes both, before a row is read. Two views
 * that are never committed stand for the two: only a stored relation tells lengths, domains and arrays exactly.
 */

import type { ContractStep } from "../../domain/build-steps.ts";
import { DatabaseError, type Row, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import type { RelationName } from "../../domain/names.ts";
import type { PlanTask } from "../../domain/plan.ts";
import type { Span } from "../../domain/source.ts";
import { authored, ident, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import { SQLSTATE } from "../../domain/sqlstate.ts";
import { tableLines } from "../../lib/table.ts";
import { oidOf } from "./delta/columns.ts";
import { retried } from "./retry-step.ts";
import type { RunContext } from "./run-context.ts";

/** All of them are told, and the exit codes that they ask for. */
export const checkContracts = async (
  run: RunContext,
  contracts: Extract<PlanTask, { kind: "contracts" }>["contracts"],
): Promise<readonly ExitCode[]> => {
  const found: Diagnostic[] = [];
  for (const { contract, schema } of contracts) {
    try {
      const broken = await retried(run, "model", contract.node, (session) => contractBroken(session, contract, schema));
      found.push(...broken);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) return [3];
      found.push(databaseDiagnostic(error, "execute/sql-error", contract.node, contract.at));
    }
  }
  for (const diagnostic of found) run.emit({ kind: "diagnostic", diagnostic });
  return found.length === 0 ? [] : [exitOf(found)];
};

/** Empty where the contract is kept. Throws DatabaseError, as for a query that is wrong or a type that is not there. */
export const contractBroken = async (
  session: Session,
  contract: ContractStep,
  schema: string,
): Promise<readonly Diagnostic[]> => {
  const declared = { schema, name: `galley_declared_${session.backendPid}` };
  const found = { schema, name: `galley_found_${session.backendPid}` };
  const answers = await session.run(sql`begin;
create view ${relation(found)} as
${contract.query};
create view ${relation(declared)} as select ${declaredColumns(contract)};
${differences(declared, found)};
rollback`);
  const rows = answers.find((answer) => answer.command === "SELECT")?.rows ?? [];
  return rows.length === 0 ? [] : [broken(contract, rows)];
};

/** The same of views that stand: what it declares, and what the query gives. */
export const differencesBetween = async (
  session: Session,
  contract: ContractStep,
  declared: RelationName,
  found: RelationName,
): Promise<readonly Diagnostic[]> => {
  const rows = await session.rows(differences(declared, found));
  return rows.length === 0 ? [] : [broken(contract, rows)];
};

export const declaredColumns = ({ columns }: ContractStep): Sql =>
  joinSql(
    columns.map(({ name, dataType }) => {
      const type = authored(dataType.value, { span: dataType.span, calledFrom: [] });
      return sql`null::${type} as ${ident(name)}`;
    }),
    sql`, `,
  );

/** A type without its length or precision holds for every one, as a column of it would. */
const differences = (declared: RelationName, found: RelationName): Sql => {
  const columns = (of: RelationName): Sql =>
    sql`(select a.* from pg_attribute a where a.attrelid = ${oidOf(of)} and a.attnum > 0)`;
  return sql`select coalesce(d.attname, f.attname) as name, format_type(d.atttypid, d.atttypmod) as declared, format_type(f.atttypid, f.atttypmod) as found
from ${columns(declared)} d full join ${columns(found)} f on f.attname = d.attname
where (d.atttypid = f.atttypid and d.atttypmod in (-1, f.atttypmod)) is not true
order by d.attnum, f.attnum`;
};

const broken = ({ node, columns, at }: ContractStep, rows: readonly Row[]): Diagnostic => {
  const table = tableLines({
    columns: ["column", "declared", "found"],
    rows: rows.map((row) => [
      row["name"] ?? "",
      row["declared"] ?? "– (not in the contract)",
      row["found"] ?? "– (not in the query)",
    ]),
    width: WIDTH,
  });
  return errorOf("execute/contract-broken", `${node} does not keep its contract\n${table.join("\n")}`, {
    at: placeOf(columns, rows) ?? at,
    help: "change the query (a cast, an alias), or what the contract says",
  });
};

const WIDTH = 100;

/** The first column that differs and is declared. */
const placeOf = (columns: ContractStep["columns"], rows: readonly Row[]): Span | undefined =>
  columns.find(({ name }) => rows.some((row) => row["name"] === name))?.dataType.span;
