/** What a source says of when it is known, expressions over its row or its parent's, in; the SQL of each under a name, with its type, out. */
import type { Known } from "../../../domain/availability.ts";
import type { Row, Session } from "../../../domain/contracts/database.ts";
import { DatabaseError } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { SourceNode } from "../../../domain/manifest.ts";
import type { RelationName } from "../../../domain/names.ts";
import type { Located, Span } from "../../../domain/source.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";
import type { Rule } from "./masked-source.ts";
import type { TimeParts } from "./moments.ts";

export type CopiedSource = {
  readonly node: SourceNode;
  readonly relation: RelationName;
  /** Of the original: its primary key, else a unique index without NULLs. */
  readonly key: readonly string[];
};

type Time = {
  readonly from: CopiedSource;
  readonly computed: readonly { readonly name: string; readonly sql: Sql }[];
  readonly at: Span;
};

export type SourceTimes = {
  readonly event: Time;
  /** Of a rule, whose column (`undefined`: the rows) names it where it has an expression of its own. */
  readonly ruleOf: (of: string | undefined, known: Known) => Rule;
  readonly eventParts: TimeParts;
  /** Expressions over the source's own row. */
  readonly own: Time["computed"];
};

/** What is wrong with an expression is told at its place. */
export const readTimes = async (
  session: Session,
  copy: CopiedSource,
  parent: CopiedSource | undefined,
  rules: ReadonlyMap<string | undefined, Known>,
  scratch: RelationName,
): Promise<Outcome<SourceTimes>> => {
  const eventOf = parent ?? copy;
  const { eventTime } = eventOf.node.config;
  const event = timeOf(eventTime, "galley: event", { from: eventOf, at: eventOf.node.at });
  const own = new Map<string | undefined, Time>();
  for (const [of, { moment }] of rules)
    if (moment.kind === "expression") own.set(of, expressionTime(of, moment.text, copy));
  const types = await typesOf(session, [event, ...own.values()], scratch);
  if (!types.ok) return types;
  const parts = ({ computed }: Time, side: Sql): TimeParts =>
    computed.map(({ name }) => ({ sql: sql`${side}.${ident(name)}`, type: types.value.get(name) ?? "" }));
  const eventParts = parts(event, parent === undefined ? sql`s` : sql`p`);
  return ok({
    event,
    ruleOf: (of, { moment, when }) => {
      if (moment.kind === "always") return { kind: "always" };
      const time = own.get(of);
      return { kind: "timed", when, time: time === undefined ? eventParts : parts(time, sql`s`) };
    },
    eventParts,
    own: [...(parent === undefined ? [event] : []), ...own.values()].flatMap((t) => t.computed),
  });
};

const expressionTime = (of: string | undefined, { value, span }: Located<string>, from: CopiedSource): Time =>
  timeOf([value], `galley: of ${of ?? "rows"}`, { from, at: span });

const timeOf = (texts: readonly string[], prefix: string, { from, at }: Pick<Time, "from" | "at">): Time => ({
  from,
  computed: texts.map((text, i) => ({ name: `${prefix} ${i + 1}`, sql: expressionSql(text) })),
  at,
});

/** A bare name means the column of that name, however it is spelled. */
const expressionSql = (text: string): Sql =>
  /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(text) ? ident(text) : authored(text, undefined);

export const expressionOf = (known: Known | undefined): readonly string[] =>
  known?.moment.kind === "expression" ? [known.moment.text.value] : [];

/** Columns whose names stand in an expression. */
export const namesWithin = (names: readonly string[], expressions: readonly string[]): readonly string[] => {
  const words = new Set(expressions.flatMap((e) => e.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []));
  return names.filter((name) => words.has(name) || expressions.some((e) => e.includes(`"${name}"`)));
};

/** By the names under which they are computed. */
const typesOf = async (
  session: Session,
  times: readonly Time[],
  scratch: RelationName,
): Promise<Outcome<ReadonlyMap<string, string>>> => {
  const types = new Map<string, string>();
  for (const { from, computed, at } of times) {
    if (computed.length === 0) continue;
    const list = joinSql(
      computed.map((c) => sql`(${c.sql}\n) as ${ident(c.name)}`),
      sql`, `,
    );
    try {
      await session.run(sql`create view ${relation(scratch)} as select ${list} from ${relation(from.relation)}`);
      for (const row of await columnTypes(session, scratch)) types.set(row["name"] ?? "", row["type"] ?? "");
      await session.run(sql`drop view ${relation(scratch)}`);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return failed(databaseDiagnostic(error, "check/bad-time", from.node.id, at));
    }
  }
  return ok(types);
};

const columnTypes = (session: Session, name: RelationName): Promise<readonly Row[]> =>
  session.rows(
    sql`select attname as name, format_type(atttypid, null) as type from pg_attribute where attrelid = ${literal(textOf(relation(name)))}::regclass and attnum > 0 and not attisdropped`,
  );
