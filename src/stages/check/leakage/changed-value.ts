/** A value, the kind of its column and a hash of it in; another value of the same type out, which always differs where there is one. */
import { authored, joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import type { ValueKind } from "./masked-source.ts";

/** By amounts of both signs, some of them large. What is never negative stays so, for roots and logarithms of it are taken. */
export const changedSql = (value: Sql, type: string, kind: ValueKind, hash: Sql): Sql => {
  const typed = authored(type, undefined);
  /** From 0, without the sign and the bits that choose between up and down. */
  const size = sql`((${hash} >> 8) & 1125899906842623)`;
  const isUp = sql`${hash} & 4 = 0`;
  const list = (values: readonly string[]): Sql => sql`array[${joinSql(values.map(literal), sql`, `)}]::${typed}[]`;
  switch (kind.kind) {
    case "integer":
    case "number":
    case "float":
      return numberSql(value, type, kind, { isUp, size });
    case "boolean":
      return sql`(${value} is not true)`;
    case "date":
    case "timestamp": {
      const from = sql`coalesce(case when isfinite(${value}) then ${value} end, ${literal(kind.low)}::${typed})`;
      const days = sql`(1 + ${size} % ${literal(kind.days)})::int`;
      const moved = sql`case when ${isUp} then ${days} else -${days} end`;
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
    case "others":
      return sql`(array_remove(${list(kind.values)}, ${value}))[1 + ${size} % ${literal(kind.values.length - 1)}]`;
    case "later": {
      const amount = sql`(1 + ${size} % ${literal(kind.most)})::int`;
      if (kind.of === "timestamp") return sql`(${value} + ${amount} * interval '25 hours')`;
      const end = MOST[type];
      const later =
        end === undefined ? sql`${value} + ${amount}` : sql`least(${value}::numeric + ${amount}, ${literal(end)})`;
      return sql`(${later})::${typed}`;
    }
    case "later text":
      return kind.values.length === 0
        ? sql`(${value} || '~' || to_hex(${hash}))::${typed}`
        : sql`(select min(w) from unnest(${list(kind.values)}) w where w > ${value})`;
    case "hidden":
      return sql`null::${typed}`;
    default:
      return unreachable(kind);
  }
};

type Amounts = { readonly isUp: Sql; readonly size: Sql };

const numberSql = (
  value: Sql,
  type: string,
  { kind, low, high }: Extract<ValueKind, { kind: "integer" | "number" | "float" }>,
  { isUp, size }: Amounts,
): Sql => {
  const lowest = Number(low);
  const spread = Number(high) - lowest;
  const range = Number.isFinite(spread) && spread > 0 ? spread : 1;
  const finite = kind === "integer" ? value : sql`nullif(nullif(nullif(${value}, 'NaN'), 'Infinity'), '-Infinity')`;
  const from = sql`coalesce(${finite}::numeric, ${literal(low)}::numeric)`;
  const part = sql`(${literal(range)}::numeric * (1 + ${size} % 1000) / 1000)`;
  const amounts = {
    integer: sql`(1 + ${size} % ${literal(Math.min(Math.ceil(range), LARGEST[type] ?? 500_000_000))})`,
    number: part,
    // What is less than its digits tell apart is no change.
    float: sql`greatest(${part}, abs(${from}) / 1000)`,
  };
  const amount = amounts[kind];
  const down = sql`${from} - ${amount}`;
  // Below its lowest value a column may go, or what is least of it would never be seen to change; not below nothing.
  const most = MOST[type];
  const mustRise = [
    ...(lowest < 0 ? [] : [sql` or ${down} ${lowest > 0 ? sql`<=` : sql`<`} 0`]),
    ...(most === undefined || lowest >= 0 ? [] : [sql` or ${down} < ${literal(-most - 1n)}`]),
  ];
  const mayRise = most === undefined ? sql`` : sql` and ${from} + ${amount} <= ${literal(most)}`;
  return sql`(case when (${isUp}${joinSql(mustRise, sql``)})${mayRise} then ${from} + ${amount} else ${down} end)::${authored(type, undefined)}`;
};

const MOST: Readonly<Record<string, bigint>> = { smallint: 32767n, integer: 2147483647n, bigint: 9223372036854775807n };

/** So far a value can go up or down from anywhere and stay within its type. */
const LARGEST: Readonly<Record<string, number>> = { smallint: 32767 };
