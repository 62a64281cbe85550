/** What a source's files say of what is known when, read against its columns: the rules out, or which columns have none. */
import type { Known } from "../../../domain/availability.ts";
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { SourceNode } from "../../../domain/manifest.ts";
import type { Span } from "../../../domain/source.ts";
import { authored, ident, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { TimeParts } from "./moments.ts";
import { readColumns } from "./read-columns.ts";
import type { PlacedSource, Rule, RuledColumn, RuledSource, TimedRows } from "./ruled-source.ts";

/** Whether a source says what is known when. */
export const isTimed = ({ config: { availability, eventTime } }: SourceNode): boolean =>
  eventTime.length > 0 ||
  availability.parent !== undefined ||
  availability.rows !== undefined ||
  availability.columns !== undefined;

/** `byTable` finds the parent that has a source's time, by its `source.table`. */
export const readRules = async (
  session: Session,
  placed: PlacedSource,
  byTable: ReadonlyMap<string, PlacedSource>,
): Promise<Outcome<RuledSource>> => {
  const { node, relation: place, key } = placed;
  const { availability, eventTime } = node.config;
  const columns = await readColumns(session, place);
  const names = columns.map((c) => c.name);
  const parent = availability.parent && parentOf(availability.parent.table.value, node, byTable);
  const times = timesOf(placed, parent ?? placed);
  const byDefault = availability.columns ?? (availability.isConstant ? { ...AT_ONCE, span: node.at } : undefined);
  const expressions = [...node.columns.map((c) => c.known), availability.rows, availability.columns];
  const inTimes = new Set(namesWithin(names, [...eventTime, ...expressions.flatMap(expressionOf)]));
  const isSaid = new Set(node.columns.filter((c) => c.known !== undefined).map((c) => c.name));
  const isKept = (name: string): boolean =>
    key.includes(name) ||
    (inTimes.has(name) && !isSaid.has(name)) ||
    availability.parent?.on.some((on) => on.own === name) === true;
  const ruled = new Map<string, Known>();
  const unruled: string[] = [];
  for (const name of names.filter((n) => !isKept(n))) {
    const known = node.columns.find((c) => c.name === name)?.known ?? byDefault;
    if (known === undefined) unruled.push(name);
    else ruled.set(name, known);
  }
  const rules = [availability.rows, ...ruled.values()].flatMap((k) => (k === undefined ? [] : times.ofRule(k)));
  const types = await typesOf(session, [times.event, ...rules]);
  const found = [...(unruled.length > 0 ? [withoutRule(node, unruled)] : []), ...(types.ok ? [] : types.diagnostics)];
  if (!types.ok || found.length > 0) return failed(...found);
  const partsOf = (time: Time): TimeParts =>
    time.computed.map(({ name }) => ({
      sql: time.from === placed ? sql`s.${ident(name)}` : sql`p.${ident(name)}`,
      type: types.value.get(name) ?? "",
    }));
  const ruleOf = (known: Known): Rule => {
    const [time] = times.ofRule(known);
    return time === undefined ? ALWAYS : { kind: "timed", when: known.when, time: partsOf(time) };
  };
  const { event } = times;
  const byEvent: Rule = event.computed.length === 0 ? ALWAYS : { kind: "timed", when: "at", time: partsOf(event) };
  return ok({
    node,
    key,
    relation: place,
    computed: [...new Set([event, ...rules])].filter((t) => t.from === placed).flatMap((t) => t.computed),
    parent: parent &&
      availability.parent && { relation: parent.relation, on: availability.parent.on, computed: event.computed },
    event: partsOf(event),
    eventKey: eventKeyOf(placed, byTable, names),
    rows: availability.rows === undefined ? byEvent : ruleOf(availability.rows),
    columns: columns.map((column): RuledColumn => {
      const known = ruled.get(column.name);
      return { ...column, rule: known && ruleOf(known), isInTime: inTimes.has(column.name) };
    }),
  });
};
const ALWAYS: Rule = { kind: "always" };

/** Of a constant source: as soon as its row is. */
const AT_ONCE = { when: "at", moment: { kind: "always" } } as const;

type Time = { readonly from: PlacedSource; readonly computed: TimedRows["computed"]; readonly at: Span };

/** The event's time, which may stand in its parent, and those of rules: one for each expression. */
const timesOf = (
  placed: PlacedSource,
  eventOf: PlacedSource,
): { readonly event: Time; readonly ofRule: (known: Known) => readonly Time[] } => {
  const timeOf = (texts: readonly string[], prefix: string, from: PlacedSource, at: Span): Time => ({
    from,
    computed: texts.map((text, i) => ({ name: `${prefix} ${i + 1}`, sql: expressionSql(text) })),
    at,
  });
  const event = timeOf(eventOf.node.config.eventTime, "galley: event", eventOf, eventOf.node.at);
  const byText = new Map<string, Time>();
  const ofRule = ({ moment }: Known): readonly Time[] => {
    if (moment.kind === "always") return [];
    if (moment.kind === "event time") return [event];
    const { value: text, span } = moment.text;
    const time = byText.get(text) ?? timeOf([text], `galley: time ${byText.size + 1}`, placed, span);
    byText.set(text, time);
    return [time];
  };
  return { event, ofRule };
};

const expressionOf = (known: Known | undefined): readonly string[] =>
  known?.moment.kind === "expression" ? [known.moment.text.value] : [];

/** A bare name means the column of that name, however it is spelled. */
const expressionSql = (text: string): Sql =>
  /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(text) ? ident(text) : authored(text, undefined);

/** Columns whose names stand in an expression. */
const namesWithin = (names: readonly string[], expressions: readonly string[]): readonly string[] => {
  const words = new Set(expressions.flatMap((e) => e.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []));
  return names.filter((name) => words.has(name) || expressions.some((e) => e.includes(`"${name}"`)));
};

const parentOf = (table: string, node: SourceNode, byTable: ReadonlyMap<string, PlacedSource>): PlacedSource => {
  const parent = byTable.get(`${node.sourceName}.${table}`);
  if (parent === undefined) throw new Error(`${node.id}: its parent ${table} is not among the sources`);
  return parent;
};

/** As those name it that take their time from it. */
const eventKeyOf = (
  { node, key }: PlacedSource,
  byTable: ReadonlyMap<string, PlacedSource>,
  names: readonly string[],
): readonly string[] => {
  const { parent } = node.config.availability;
  if (parent !== undefined) return parent.on.map((on) => on.own);
  const child = [...byTable.values()]
    .map((c) => c.node)
    .find(
      (c) =>
        c.sourceName === node.sourceName &&
        c.config.availability.parent?.table.value === node.name.slice(node.sourceName.length + 1),
    );
  const asked = child?.config.availability.parent?.on.map((on) => on.parent) ?? [];
  if (asked.length > 0) return asked;
  if (key.length > 0) return key;
  const times = namesWithin(names, node.config.eventTime);
  return times.length > 0 ? times : names;
};

/** By the names under which they are computed; without a length or a precision. */
const typesOf = async (session: Session, times: readonly Time[]): Promise<Outcome<ReadonlyMap<string, string>>> => {
  const types = new Map<string, string>();
  for (const { from, computed, at } of new Set(times)) {
    if (computed.length === 0) continue;
    const list = joinSql(
      computed.map((c) => sql`(${c.sql}\n) as ${ident(c.name)}`),
      sql`, `,
    );
    try {
      const [columns = []] = await session.describe([sql`select ${list} from ${relation(from.relation)}`]);
      for (const { name, type } of columns) types.set(name, type.replace(/\(.*?\)/, ""));
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      return failed(databaseDiagnostic(error, "check/bad-time", from.node.id, at));
    }
  }
  return ok(types);
};

const withoutRule = (node: SourceNode, columns: readonly string[]): Diagnostic =>
  errorOf("check/column-without-rule", `${node.id} does not say when these are known: ${columns.join(", ")}`, {
    at: node.at,
    help: "give each `config: { known_at: … }` or `{ known_after: … }`, or the source `columns_known_at: always` for all that are known with their row, or `columns_known_after: event_time`",
  });
