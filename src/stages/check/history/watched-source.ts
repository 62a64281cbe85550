/** A source with its rules in; what of it is photographed, and by which times each part of it is declared known, out. */
import type { Known } from "../../../domain/availability.ts";
import { personalColumns } from "../../../domain/personal.ts";
import { ident, type Sql, sql, textOf } from "../../../domain/sql.ts";
import type { Rule, RuledSource } from "../known/ruled-source.ts";

/** A time of the live row, computed once: the first member where it is a tuple, for a photograph's time has but one. */
export type Slot = {
  readonly name: string;
  /** As the project's files say it: `day`. */
  readonly text: string;
  readonly sql: Sql;
  readonly type: string;
};

/** Known as soon as its row is, or by a time. `event`: a time of the event itself, held to it once that is past. */
export type WatchedRule =
  | { readonly kind: "always" }
  | { readonly kind: "timed" | "event"; readonly when: Known["when"]; readonly slot: Slot };

export type WatchedColumn = {
  readonly name: string;
  readonly type: string;
  readonly base: string;
  readonly isPersonal: boolean;
  readonly rule: WatchedRule;
};

export type WatchedSource = {
  readonly ruled: RuledSource;
  readonly slots: readonly Slot[];
  readonly event: Slot | undefined;
  readonly rows: WatchedRule;
  readonly columns: readonly WatchedColumn[];
  readonly personalKey: ReadonlySet<string>;
};

export const watch = (ruled: RuledSource): WatchedSource => {
  const personal = personalColumns(ruled.node);
  const slots = new Map<string, Slot>();
  const slotOf = ([first]: RuledSource["event"]): Slot | undefined => {
    if (first === undefined) return undefined;
    const key = textOf(first.sql);
    const slot = slots.get(key) ?? { name: `t${slots.size}`, text: textIn(ruled, first.sql), ...first };
    slots.set(key, slot);
    return slot;
  };
  const ruleOf = (rule: Rule): WatchedRule => {
    const slot = rule.kind === "timed" ? slotOf(rule.time) : undefined;
    return rule.kind === "always" || slot === undefined ? ALWAYS : { kind: "timed", when: rule.when, slot };
  };
  const event = slotOf(ruled.event);
  const isOfEvent = new Set(ruled.parent === undefined ? ruled.node.config.eventTime : []);
  const columns = ruled.columns
    .filter(({ name }) => !ruled.key.includes(name))
    .flatMap(({ name, type, base, rule, isInTime }): WatchedColumn[] => {
      const column = { name, type, base, isPersonal: personal.has(name) };
      if (rule !== undefined) return [{ ...column, rule: ruleOf(rule) }];
      if (event !== undefined && isOfEvent.has(name))
        return [{ ...column, rule: { kind: "event", when: "at", slot: event } }];
      // By which something else is known: it is NULL, or later, until that is.
      return isInTime ? [] : [{ ...column, rule: ALWAYS }];
    });
  const rows = ruleOf(ruled.rows);
  return {
    ruled,
    slots: [...slots.values()],
    event,
    rows,
    columns,
    personalKey: new Set(ruled.key.filter((name) => personal.has(name))),
  };
};

const ALWAYS: WatchedRule = { kind: "always" };

/** Without the quotes that a plain name needs in SQL alone. */
const textIn = ({ computed, parent }: RuledSource, part: Sql): string => {
  const own = computed.find((c) => textOf(sql`s.${ident(c.name)}`) === textOf(part));
  return textOf((own ?? parent?.computed[0])?.sql ?? part).replace(/^"([a-z_][a-z0-9_]*)"$/, "$1");
};

/** `known_after: day`, as a report names the rule. */
export const declaredText = (rule: WatchedRule, { ruled }: WatchedSource, column: string | undefined): string => {
  if (ruled.node.config.availability.isConstant) return "constant";
  if (rule.kind === "event") return "event_time";
  const word = column === undefined ? "rows_known" : "known";
  return rule.kind === "always" ? `${word}_at: always` : `${word}_${rule.when}: ${rule.slot.text}`;
};

const DATES: ReadonlySet<string> = new Set(["date", "timestamp without time zone", "timestamp with time zone"]);

export const isDate = ({ type }: Slot): boolean => DATES.has(type);
