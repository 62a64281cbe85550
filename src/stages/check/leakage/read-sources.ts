/** The sources of a check, as copied, in; what each column is, takes and when it is known out: or which have no rule. */
import type { Known } from "../../../domain/availability.ts";
import type { Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { SourceNode } from "../../../domain/manifest.ts";
import type { RelationName } from "../../../domain/names.ts";
import { hasOwnTime, withTurns } from "./by-time.ts";
import { laterThan, type MaskedColumn, type MaskedSource, type Rule, type ValueKind } from "./masked-source.ts";
import { isNotAfter } from "./moments.ts";
import { readColumns, readValues } from "./read-values.ts";
import { type CopiedSource, expressionOf, namesWithin, readTimes } from "./source-times.ts";

type ByTable = ReadonlyMap<string, CopiedSource>;

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
    const source = await readSource(session, copy, byTable, scratch);
    if (source.ok) masked.push(await withTurns(session, source.value));
    else found.push(...source.diagnostics);
  }
  return found.length > 0 ? failed(...found) : ok(masked);
};

/** Whether a source says what is known when. */
export const isTimed = ({ config: { availability, eventTime } }: SourceNode): boolean =>
  eventTime.length > 0 ||
  availability.parent !== undefined ||
  availability.rows !== undefined ||
  availability.columns !== undefined;

const readSource = async (
  session: Session,
  copy: CopiedSource,
  byTable: ByTable,
  scratch: RelationName,
): Promise<Outcome<MaskedSource>> => {
  const { node, relation } = copy;
  const { availability } = node.config;
  const columns = await readColumns(session, relation);
  const names = columns.map((c) => c.name);
  const parent = availability.parent && parentCopy(availability.parent.table.value, node, byTable);
  const { known, unruled, isTime } = columnRules(copy, names);
  const rules = new Map<string | undefined, Known>(known);
  if (availability.rows !== undefined) rules.set(undefined, availability.rows);
  const times = await readTimes(session, copy, parent, rules, scratch);
  const wrong = unruled.length > 0 ? [withoutRule(node, unruled)] : [];
  if (!times.ok) return failed(...wrong, ...times.diagnostics);
  if (wrong.length > 0) return failed(...wrong);
  const { ruleOf, event, eventParts, own } = times.value;
  const values = await readValues(
    session,
    relation,
    columns.filter((c) => known.has(c.name)),
  );
  const byEvent: Rule = eventParts.length === 0 ? ALWAYS : { kind: "timed", when: "at", time: eventParts };
  const rows = availability.rows === undefined ? byEvent : ruleOf(undefined, availability.rows);
  return ok({
    node: node.id,
    name: node.name,
    relation,
    computed: own,
    parent: parent &&
      availability.parent && { relation: parent.relation, on: availability.parent.on, computed: event.computed },
    event: eventParts,
    eventKey: eventKeyOf(copy, byTable, names),
    rows,
    isAnnounced:
      rows.kind === "timed" && hasOwnTime({ rows, event: eventParts }) ? isNotAfter(rows.time, eventParts) : undefined,
    columns: columns.map(({ name, type }): MaskedColumn => {
      const of = known.get(name);
      const value = values.get(name) ?? HIDDEN;
      return { name, type, rule: of && ruleOf(name, of), value: isTime(name) ? laterThan(value) : value };
    }),
  });
};

const HIDDEN: ValueKind = { kind: "hidden" };
const ALWAYS: Rule = { kind: "always" };

type ColumnRules = {
  /** Of each column that may be masked. */
  readonly known: ReadonlyMap<string, Known>;
  readonly unruled: readonly string[];
  /** Something is known by it, and it says itself when it is. */
  readonly isTime: (name: string) => boolean;
};

/** Keys and what a time is made of are never masked. */
const columnRules = ({ node, key }: CopiedSource, names: readonly string[]): ColumnRules => {
  const { availability, eventTime } = node.config;
  const expressions = [...node.columns.map((c) => c.known), availability.rows, availability.columns];
  const inTimes = new Set(namesWithin(names, [...eventTime, ...expressions.flatMap(expressionOf)]));
  const said = new Map(node.columns.flatMap(({ name, known }) => (known === undefined ? [] : [[name, known]])));
  const isKey = (name: string): boolean =>
    key.includes(name) ||
    (inTimes.has(name) && !said.has(name)) ||
    availability.parent?.on.some((on) => on.own === name) === true;
  const masked = names.filter((name) => !isKey(name));
  const ruled = masked.flatMap((name): readonly (readonly [string, Known])[] => {
    const known = said.get(name) ?? availability.columns;
    return known === undefined ? [] : [[name, known]];
  });
  const known = new Map(ruled);
  return {
    known,
    unruled: masked.filter((name) => !known.has(name)),
    isTime: (name) => said.has(name) && inTimes.has(name),
  };
};

const parentCopy = (table: string, node: SourceNode, byTable: ByTable): CopiedSource => {
  const parent = byTable.get(`${node.sourceName}.${table}`);
  if (parent === undefined) throw new Error(`${node.id}: its parent ${table} was not copied`);
  return parent;
};

/** As those name it that take their time from it. */
const eventKeyOf = ({ node, key }: CopiedSource, byTable: ByTable, names: readonly string[]): readonly string[] => {
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

const withoutRule = (node: SourceNode, columns: readonly string[]): Diagnostic =>
  errorOf("check/column-without-rule", `${node.id} does not say when these are known: ${columns.join(", ")}`, {
    at: node.at,
    help: "give each `config: { known_at: … }` or `{ known_after: … }`, or the source `columns_known_at: always` for all that are known with their row, or `columns_known_after: event_time`",
  });
