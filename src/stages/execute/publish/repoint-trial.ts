/**
 * Binds what is to be re-pointed to the workspace, in a transaction that is rolled back: a view that reads a column
 * which is gone, or would change a type, is found before any lock on live is asked for.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { type RelationName, relationKey } from "../../../domain/names.ts";
import type { Span } from "../../../domain/source.ts";
import { authored, ident, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../../../domain/sqlstate.ts";
import type { NewNames, Requalify } from "../../../sql-syntax/requalify.ts";
import type { HangingColumn, HangingFacts, HangingView } from "./hanging-facts.ts";
import { nameOfFunction, nameOfPolicy, nameOfRule, printed } from "./repoint.ts";

export type TrialRequest = {
  readonly facts: HangingFacts;
  readonly requalify: Requalify;
  /** What takes the place of each relation, where it stands now. */
  readonly names: NewNames;
  /** A schema of ours, in which something may stand for a moment. */
  readonly workspace: string;
  /** The model that is to be mended. */
  readonly atOf: (on: readonly RelationName[]) => Span | undefined;
};

export const tryRepointing = async (session: Session, request: TrialRequest): Promise<readonly Diagnostic[]> => {
  const trials = trialsOf(request);
  if (trials.length === 0) return [];
  const diagnostics: Diagnostic[] = [];
  await session.step(sql`begin; set local search_path = ''; savepoint trial`);
  try {
    for (const trial of trials) {
      const why = await whyNot(session, trial);
      if (why !== undefined) diagnostics.push(doesNotFit(trial, why, request));
      await session.step(sql`rollback to savepoint trial`);
    }
  } finally {
    await session.step(sql`rollback`).catch(() => undefined);
  }
  return diagnostics;
};

type Trial = {
  readonly what: string;
  readonly on: readonly RelationName[];
  readonly make: Sql;
  /** The relation that was made, and the columns that it must have. */
  readonly expected: { readonly relation: RelationName; readonly columns: readonly HangingColumn[] } | undefined;
};

const trialsOf = ({ facts, requalify, names, workspace }: TrialRequest): readonly Trial[] => {
  const place = { schema: workspace, name: "galley_trial" };
  const create = (view: HangingView): Sql =>
    sql`create view ${relation(place)} as ${requalify(printed(view.definition), names)}`;
  return [
    ...facts.views.map(
      (view): Trial => ({
        what: `view ${relationKey(view.name)}`,
        on: view.on,
        make: create(view),
        expected: { relation: place, columns: view.columns },
      }),
    ),
    ...facts.functions.map(
      (f): Trial => ({
        what: nameOfFunction(f),
        on: f.on,
        make: requalify(inSchema(f.definition, workspace), names),
        expected: undefined,
      }),
    ),
    ...facts.policies.map((policy): Trial => {
      const asked = [policy.using, policy.check].flatMap((e) => (e === null ? [] : [sql`(${printed(e)})`]));
      const conditions = asked.reduce((all, one) => sql`${all} and ${one}`, sql`true`);
      const query = sql`select ${conditions} as holds from ${relation(policy.table)}`;
      return {
        what: nameOfPolicy(policy),
        on: policy.on,
        make: sql`create view ${relation(place)} as ${requalify(query, names)}`,
        expected: undefined,
      };
    }),
    ...facts.rules.map((rule): Trial => {
      const own = new Map([...names, [relationKey(rule.table), place]]);
      return {
        what: nameOfRule(rule),
        on: rule.on,
        make: sql`create table ${relation(place)} (like ${relation(rule.table)}); ${requalify(printed(rule.definition), own)}`,
        expected: undefined,
      };
    }),
  ];
};

const FUNCTION_HEAD = /^(CREATE OR REPLACE (?:FUNCTION|PROCEDURE) )(?:"(?:[^"]|"")*"|[^".(]+)(?=\.)/;

/** It keeps its name, with which its body may qualify its parameters. */
const inSchema = (definition: string, schema: string): Sql => {
  const head = FUNCTION_HEAD.exec(definition);
  if (head === null) throw new Error(`no function is defined here: ${definition}`);
  return sql`${authored(head[1] ?? "", undefined)}${ident(schema)}${printed(definition.slice(head[0].length))}`;
};

const whyNot = async (session: Session, { make, expected }: Trial): Promise<string | undefined> => {
  try {
    await session.step(make);
    return expected === undefined
      ? undefined
      : difference(expected.columns, await columnsOf(session, expected.relation));
  } catch (error) {
    if (!(error instanceof DatabaseError) || isConnectionLoss(error.sqlstate)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled) throw error;
    return error.message;
  }
};

const columnsOf = async (session: Session, name: RelationName): Promise<readonly HangingColumn[]> => {
  const rows = await session.rows(sql`
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, nullif(a.attcollation, 0)::regcollation as collation
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = ${literal(name.schema)} and c.relname = ${literal(name.name)} and a.attnum > 0 and not a.attisdropped order by a.attnum`);
  return rows.map((r) => ({ name: r["name"] ?? "", type: r["type"] ?? "", collation: r["collation"] ?? null }));
};

/** CREATE OR REPLACE VIEW takes the same columns only. Names cannot differ: the definition gives them. */
const difference = (old: readonly HangingColumn[], made: readonly HangingColumn[]): string | undefined => {
  for (const [i, column] of old.entries()) {
    const now = made[i];
    if (now === undefined || now.name !== column.name) return `its column ${column.name} would be gone`;
    if (now.type !== column.type) return `its column ${column.name} would change from ${column.type} to ${now.type}`;
    if (now.collation !== column.collation)
      return `its column ${column.name} would change its collation from ${column.collation} to ${now.collation}`;
  }
  return undefined;
};

const doesNotFit = ({ what, on }: Trial, why: string, { atOf }: TrialRequest): Diagnostic =>
  errorOf("execute/does-not-fit", `${what} does not fit the new ${on.map(relationKey).join(", ")}: ${why}`, {
    at: atOf(on),
    help: "keep what it needs in the model, or change or drop it before; live is unchanged",
  });
