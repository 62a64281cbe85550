/** A source, a cut-off and a probe in; the query of the source out in which what is unknown then is hidden or changed. */
import { ident, joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import { type Cutoff, isKnownAt } from "../known/moments.ts";
import { ownAndParentSql, type Rule } from "../known/ruled-source.ts";
import { changedSql } from "./changed-value.ts";
import { goesWithRow, type MaskedColumn, type MaskedSource } from "./masked-source.ts";

/** `mixed`: each event is, by its hash, hidden or changed; one build then sees what either sees. */
export type ProbeKind = "hide" | "change" | "mixed";

export type Mask = {
  readonly kind: ProbeKind;
  readonly cutoff: Cutoff;
  readonly seed: number;
  /** Undefined: all that is unknown; else these columns alone, and the rows' being there where `undefined` is among them. */
  readonly only: ReadonlySet<string | undefined> | undefined;
};

export const maskedQuery = (source: MaskedSource, mask: Mask): Sql => {
  const { columns, eventKey } = source;
  const key = joinSql(
    eventKey.map((c) => sql`s.${ident(c)}::text`),
    sql`, `,
  );
  const hash = sql`hashtextextended(concat_ws('|', ${key}), ${literal(mask.seed)})`;
  const isKnown = knownSql(source.rows, mask.cutoff);
  const isThere = mask.only?.has(undefined) === false ? sql`true` : isKnown;
  const mayBe = source.isAnnounced === undefined ? sql`true` : sql`not (${source.isAnnounced})`;
  const values = joinSql(
    columns.map((c) => sql`${valueSql(source, c, mask)} as ${ident(c.name)}`),
    sql`, `,
  );
  return sql`select ${values} from ${ownAndParentSql(source)}
cross join lateral (select ${isKnown} as is_known, ${isThere} as is_there, ${mayBe} as may_be_otherwise, ${hash} as hash offset 0) as e
where ${thereSql(mask.kind)}`;
};

/** An unknown row is absent where its event is hidden, and stays with other values where it is changed, unless it was to be announced. */
const thereSql = (kind: ProbeKind): Sql => {
  switch (kind) {
    case "hide":
      return sql`e.is_there`;
    case "change":
      return sql`e.is_there or e.may_be_otherwise`;
    case "mixed":
      return sql`e.is_there or (e.may_be_otherwise and not (${IS_HIDDEN}))`;
    default:
      return unreachable(kind);
  }
};

/** By a bit that the amounts of the changes do not use. */
const IS_HIDDEN = sql`e.hash & 1 = 0`;

const valueSql = (source: MaskedSource, { name, type, rule, value }: MaskedColumn, mask: Mask): Sql => {
  const { kind, cutoff, only } = mask;
  const whole = sql`s.${ident(name)}`;
  const isLeftOut = only !== undefined && !only.has(goesWithRow(source, name) ? undefined : name);
  if (rule === undefined || isLeftOut) return whole;
  // Of an unknown row that stays everything is unknown.
  const isKnown = rule.kind === "always" ? sql`e.is_known` : sql`e.is_known and ${knownSql(rule, cutoff)}`;
  const other =
    kind === "hide" ? NOTHING : changedSql(whole, type, value, sql`hashtextextended(${literal(name)}, e.hash)`);
  const masked = kind === "mixed" ? sql`case when ${IS_HIDDEN} then null else ${other} end` : other;
  return sql`case when ${isKnown} then ${whole} else ${masked} end`;
};

const NOTHING = sql`null`;

const knownSql = (rule: Rule, cutoff: Cutoff): Sql =>
  rule.kind === "always" ? sql`true` : isKnownAt(rule.time, rule.when, cutoff);
