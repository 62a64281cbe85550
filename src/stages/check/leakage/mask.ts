/** A source, a cut-off and a probe in; the query of the source out in which what is unknown then is hidden or changed. */
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import { goesWithRow, type MaskedColumn, type MaskedSource, type Rule, type ValueKind } from "./masked-source.ts";
import { type Cutoff, isKnownAt } from "./moments.ts";

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
  const values = joinSql(
    columns.map((c) => sql`${valueSql(source, c, mask)} as ${ident(c.name)}`),
    sql`, `,
  );
  return sql`select ${values} from ${ownAndParentSql(source)}
cross join lateral (select ${isKnown} as is_known, ${isThere} as is_there, ${hash} as hash offset 0) as e
where ${thereSql(mask.kind)}`;
};

/** Its rows as `s`, with what is computed of them, and those of its parent as `p`. */
export const ownAndParentSql = ({ computed, parent, relation: copy }: MaskedSource): Sql => {
  const joined = parent === undefined ? sql`` : parentSql(parent);
  return sql`(select t.*${computedSql(computed)} from ${relation(copy)} as t) as s${joined}`;
};

const computedSql = (computed: MaskedSource["computed"]): Sql =>
  joinSql(
    computed.map((c) => sql`, (${c.sql}\n) as ${ident(c.name)}`),
    sql``,
  );

const parentSql = ({ relation: copy, on, computed }: NonNullable<MaskedSource["parent"]>): Sql => {
  const condition = joinSql(
    on.map(({ own, parent }) => sql`p.${ident(parent)} = s.${ident(own)}`),
    sql` and `,
  );
  return sql` left join (select t.*${computedSql(computed)} from ${relation(copy)} as t) as p on ${condition}`;
};

/** An unknown row is absent where its event is hidden, and stays with other values where it is changed. */
const thereSql = (kind: ProbeKind): Sql => {
  switch (kind) {
    case "hide":
      return sql`e.is_there`;
    case "change":
      return sql`true`;
    case "mixed":
      return sql`e.is_there or not (${IS_HIDDEN})`;
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

/** A value that differs, of the same type: by amounts of both signs, some of them large, and never below where the column ends. */
const changedSql = (value: Sql, type: string, kind: ValueKind, hash: Sql): Sql => {
  const typed = authored(type, undefined);
  /** From 0, without the sign and the bits that choose between up and down. */
  const size = sql`((${hash} >> 8) & 1125899906842623)`;
  switch (kind.kind) {
    case "integer":
    case "number":
    case "float": {
      const low = Number(kind.low);
      const spread = Number(kind.high) - low;
      const range = Number.isFinite(spread) && spread > 0 ? spread : 1;
      const amount =
        kind.kind === "integer"
          ? sql`(1 + ${size} % ${literal(Math.min(Math.ceil(range), 500_000_000))})`
          : sql`(${literal(range)}::numeric * (1 + ${size} % 1000) / 1000)`;
      const from = sql`coalesce(${value}::numeric, ${literal(kind.low)}::numeric)`;
      const down = sql`${from} - ${amount}`;
      const isUp = sql`(${hash} & 4 = 0${low < 0 ? sql`` : sql` or ${down} < ${literal(low > 0 ? kind.low : "0")}::numeric`})`;
      return sql`(case when ${isUp}${mostOf(type, from, amount)} then ${from} + ${amount} else ${down} end)::${typed}`;
    }
    case "boolean":
      return sql`(${value} is not true)`;
    case "date":
    case "timestamp": {
      const from = sql`coalesce(${value}, ${literal(kind.low)}::${typed})`;
      const days = sql`(1 + ${size} % ${literal(kind.days)})::int`;
      const moved = sql`case when ${hash} & 4 = 0 then ${days} else -${days} end`;
      return kind.kind === "date" ? sql`(${from} + ${moved})` : sql`(${from} + (${moved}) * interval '25 hours')`;
    }
    case "interval":
      return sql`(coalesce(${value}, interval '0') + (1 + ${size} % 1000)::int * interval '1 hour')`;
    case "text":
      return sql`concat(${value}, '~', to_hex(${hash}))::${typed}`;
    case "uuid":
      return sql`md5((${hash})::text)::uuid`;
    case "bytea":
      return sql`decode(md5((${hash})::text), 'hex')`;
    case "others": {
      const list = joinSql(
        kind.values.map((v) => literal(v)),
        sql`, `,
      );
      return sql`(array_remove(array[${list}]::${typed}[], ${value}))[1 + ${size} % ${literal(kind.values.length - 1)}]`;
    }
    case "later": {
      const days = sql`(1 + ${size} % 365)::int`;
      if (kind.of === "timestamp") return sql`(${value} + ${days} * interval '25 hours')`;
      return sql`(${value} + ${days})::${typed}`;
    }
    case "kept":
      return value;
    case "hidden":
      return sql`null::${typed}`;
    default:
      return unreachable(kind);
  }
};

/** Up, unless that leaves what the type can hold. */
const mostOf = (type: string, from: Sql, amount: Sql): Sql => {
  const most = MOST[type];
  return most === undefined ? sql`` : sql` and ${from} + ${amount} <= ${literal(most)}`;
};

const MOST: Readonly<Record<string, bigint>> = { smallint: 32767n, integer: 2147483647n, bigint: 9223372036854775807n };
