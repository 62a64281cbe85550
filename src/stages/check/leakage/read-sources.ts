/** The sources of a check, as copied, in; what each column is, takes and when it is known out: or which have no rule. */
import type { Known } from "../../../domain/availability.ts";
import type { Row, Session } from "../../../domain/contracts/database.ts";
import { DatabaseError } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { SourceNode } from "../../../domain/manifest.ts";
import type { RelationName } from "../../../domain/names.ts";
import type { Span } from "../../../domain/source.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";
import { withKept } from "./kept-values.ts";
import type { MaskedColumn, MaskedSource, Rule, ValueKind } from "./masked-source.ts";
import type { TimeParts } from "./moments.ts";
import { readColumns, readValues } from "./read-values.ts";

export type CopiedSource = {
  readonly node: SourceNode;
  readonly relation: RelationName;
  /** Of the original: its primary key, else a unique index without NULLs. */
  readonly key: readonly string[];
};

/** Sources that say something of what is known when; one that says nothing is not among them. */
export const readSources = async (
  session: Session,
  copies: readonly CopiedSource[],
  scratch: RelationName,
): Promise<Outcome<readonly MaskedSource[]>> => {
  const found: Diagnostic[] = [];
  const masked: MaskedSource[] = [];
  const byTable = new Map(copies.map((c) => [c.node.name, c]));
  for (const copy of copies) {
    if (copy.node.config.availability.isConstant || !isTimed(copy.node)) continue;
    const source = await readSource(session, copy, byTable, scratch, found);
    if (source !== undefined) masked.push(await withKept(session, source));
  }
  return found.length > 0 ? failed(...found) : ok(masked);
};

/** Whether a source says what is known when. */
export const isTimed = ({ config: { availability, eventTime } }: SourceNode): boolean =>
  eventTime.length > 0 ||
  availability.parent !== undefined ||
  availability.rows !== undefined ||
  availability.columns !== undefined;

type Computed = { readonly name: string; readonly sql: Sql };

const readSource = async (
  session: Session,
  copy: CopiedSource,
  byTable: ReadonlyMap<string, CopiedSource>,
  scratch: RelationName,
  found: Diagnostic[],
): Promise<MaskedSource | undefined> => {
  const { node, relation: place, key } = copy;
  const { availability, eventTime } = node.config;
  const columns = await readColumns(session, place);
  const names = columns.map((c) => c.name);
  const parent = availability.parent && parentCopy(availability.parent.table.value, node, byTable);
  const times: Time[] = [];
  const timeOf = (
    texts: readonly { readonly text: string; readonly at: Span }[],
    prefix: string,
    from: CopiedSource,
  ): Time => {
    const computed = texts.map(({ text }, i): Computed => ({ name: `${prefix} ${i + 1}`, sql: expressionSql(text) }));
    const time = { from, computed, at: texts[0]?.at ?? node.at };
    times.push(time);
    return time;
  };
  const eventOf = parent ?? copy;
  const event = timeOf(
    eventOf.node.config.eventTime.map((text) => ({ text, at: eventOf.node.at })),
    "galley: event",
    eventOf,
  );
  const rules = new Map<string | undefined, { readonly known: Known; readonly time: Time | undefined }>();
  const noteRule = (of: string | undefined, known: Known | undefined): void => {
    if (known === undefined) return;
    const { moment } = known;
    const time =
      moment.kind === "always"
        ? undefined
        : moment.kind === "event time"
          ? event
          : timeOf([{ text: moment.text.value, at: moment.text.span }], `galley: of ${of ?? "rows"}`, copy);
    rules.set(of, { known, time });
  };
  noteRule(undefined, availability.rows);
  const defaultRule = availability.columns;
  const expressions = [...node.columns.map((c) => c.known), availability.rows, defaultRule];
  const inTimes = new Set(namesWithin(names, [...eventTime, ...expressions.flatMap(expressionOf)]));
  const isSaid = new Set(node.columns.filter((c) => c.known !== undefined).map((c) => c.name));
  const isKey = (name: string): boolean =>
    key.includes(name) ||
    (inTimes.has(name) && !isSaid.has(name)) ||
    availability.parent?.on.some((on) => on.own === name) === true;
  const masked = names.filter((name) => !isKey(name));
  for (const name of masked) noteRule(name, node.columns.find((c) => c.name === name)?.known ?? defaultRule);
  const unruled = masked.filter((name) => !rules.has(name));
  if (unruled.length > 0) found.push(withoutRule(node, unruled));
  const types = await typesOf(session, times, scratch, found);
  if (types === undefined || unruled.length > 0) return undefined;
  const values = await readValues(
    session,
    place,
    columns.filter((c) => rules.has(c.name)),
  );
  const ruleOf = (of: string | undefined, otherwise: Rule): Rule => {
    const rule = rules.get(of);
    if (rule === undefined) return otherwise;
    if (rule.time === undefined) return ALWAYS;
    return {
      kind: "timed",
      when: rule.known.when,
      time: partsOf(rule.time, types, parent !== undefined && rule.time === event),
    };
  };
  const byEvent: Rule =
    event.computed.length === 0
      ? ALWAYS
      : { kind: "timed", when: "at", time: partsOf(event, types, parent !== undefined) };
  return {
    node: node.id,
    name: node.name,
    relation: place,
    computed: times.filter((t) => t !== event || parent === undefined).flatMap((t) => t.computed),
    parent: parent &&
      availability.parent && { relation: parent.relation, on: availability.parent.on, computed: event.computed },
    event: partsOf(event, types, parent !== undefined),
    eventKey: eventKeyOf(copy, byTable, names),
    rows: ruleOf(undefined, byEvent),
    columns: columns.map(
      ({ name, type }): MaskedColumn => ({
        name,
        type,
        rule: rules.has(name) ? ruleOf(name, ALWAYS) : undefined,
        value: isSaid.has(name) && inTimes.has(name) ? later(values.get(name)) : (values.get(name) ?? HIDDEN),
      }),
    ),
  };
};

const HIDDEN: ValueKind = { kind: "hidden" };

const later = (value: ValueKind | undefined): ValueKind => {
  switch (value?.kind) {
    case "date":
    case "timestamp":
      return { kind: "later", of: value.kind };
    case "integer":
    case "number":
    case "float":
      return { kind: "later", of: "number" };
    default:
      return HIDDEN;
  }
};

const ALWAYS: Rule = { kind: "always" };

type Time = { readonly from: CopiedSource; readonly computed: readonly Computed[]; readonly at: Span };

const partsOf = (time: Time, types: ReadonlyMap<string, string>, isOfParent: boolean): TimeParts =>
  time.computed.map(({ name }) => ({
    sql: isOfParent ? sql`p.${ident(name)}` : sql`s.${ident(name)}`,
    type: types.get(name) ?? "",
  }));

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

const parentCopy = (table: string, node: SourceNode, byTable: ReadonlyMap<string, CopiedSource>): CopiedSource => {
  const parent = byTable.get(`${node.sourceName}.${table}`);
  if (parent === undefined) throw new Error(`${node.id}: its parent ${table} was not copied`);
  return parent;
};

/** As those name it that take their time from it. */
const eventKeyOf = (
  { node, key }: CopiedSource,
  byTable: ReadonlyMap<string, CopiedSource>,
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

/** By the names under which they are computed. Undefined after saying what is wrong. */
const typesOf = async (
  session: Session,
  times: readonly Time[],
  scratch: RelationName,
  found: Diagnostic[],
): Promise<ReadonlyMap<string, string> | undefined> => {
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
      found.push(databaseDiagnostic(error, "check/bad-time", from.node.id, at));
      return undefined;
    }
  }
  return types;
};

const columnTypes = (session: Session, name: RelationName): Promise<readonly Row[]> =>
  session.rows(
    sql`select attname as name, format_type(atttypid, null) as type from pg_attribute where attrelid = ${literal(textOf(relation(name)))}::regclass and attnum > 0 and not attisdropped`,
  );

const withoutRule = (node: SourceNode, columns: readonly string[]): Diagnostic =>
  errorOf("check/column-without-rule", `${node.id} does not say when these are known: ${columns.join(", ")}`, {
    at: node.at,
    help: "give each `config: { known_at: … }` or `{ known_after: … }`, or the source `columns_known_after: event_time` for all that say nothing",
  });
