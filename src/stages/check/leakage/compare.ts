/** Two builds of one relation in; per column in how many rows they differ up to a cut-off, and which rows only one has. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { unknownName } from "../../../domain/past-proof.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { type Cutoff, comparedTo, isKnownAt, type TimeParts } from "../known/moments.ts";

export type ComparedColumn = {
  readonly name: string;
  readonly comparedAs: ComparedAs;
  /** Of a label: when it is known, over the row `t`. Undefined: as its row is. */
  readonly known: { readonly when: "at" | "after"; readonly time: TimeParts } | undefined;
};

/** `magnitude`: the column's largest, without sign. */
export type ComparedAs =
  | { readonly kind: "exact" | "as jsonb" | "as text" }
  | { readonly kind: "float" | "floats"; readonly magnitude: number; readonly relative: number };

export type Compared = {
  /** Rows that both have. */
  readonly rows: number;
  readonly atCutoff: number;
  readonly missing: { readonly before: number; readonly at: number };
  readonly extra: { readonly before: number; readonly at: number };
  /** By column; those without a difference are left out. */
  readonly differing: ReadonlyMap<string, number>;
};

export type Comparison = {
  readonly full: RelationName;
  readonly other: RelationName;
  readonly key: readonly string[];
  readonly columns: readonly ComparedColumn[];
  /** The relation's own event time, its columns with their types; none: all rows are compared. */
  readonly time: readonly { readonly name: string; readonly type: string }[];
  /** Rows with that time, one for each value of these columns, where it is none of the relation's own. */
  readonly timeFrom?: { readonly rows: Sql; readonly on: readonly string[] };
  readonly cutoff: Cutoff | undefined;
  /** Of a feature the cut-off's own rows too; of what holds results only those before. */
  readonly upTo: "at" | "before";
  /** A share of the keys, and the seed that picks it. */
  readonly sample: { readonly share: number; readonly seed: number } | undefined;
};

export const compare = async (session: Session, comparison: Comparison): Promise<Compared> => {
  const { columns } = comparison;
  const counts = columns.map(
    (c, i) => sql`count(*) filter (where ${BOTH} and ${differs(c, comparison)}) as ${ident(`c${i}`)}`,
  );
  const list = joinSql(
    [
      sql`count(*) filter (where ${BOTH}) as rows, count(*) filter (where ${BOTH} and f."galley: at") as at_cutoff`,
      sql`count(*) filter (where p."galley: in" is null and not f."galley: at") as missing_before, count(*) filter (where p."galley: in" is null and f."galley: at") as missing_at`,
      sql`count(*) filter (where f."galley: in" is null and not p."galley: at") as extra_before, count(*) filter (where f."galley: in" is null and p."galley: at") as extra_at`,
      ...counts,
    ],
    sql`, `,
  );
  const [row = {}] = await session.rows(sql`select ${list} from ${joinedSql(comparison)}`);
  const number = (name: string): number => Number(row[name] ?? 0);
  return {
    rows: number("rows"),
    atCutoff: number("at_cutoff"),
    missing: { before: number("missing_before"), at: number("missing_at") },
    extra: { before: number("extra_before"), at: number("extra_at") },
    differing: new Map(
      columns.flatMap((c, i): (readonly [string, number])[] =>
        number(`c${i}`) > 0 ? [[c.name, number(`c${i}`)]] : [],
      ),
    ),
  };
};

export type SampleRow = {
  readonly key: readonly { readonly column: string; readonly value: string | null }[];
  readonly time: string;
  readonly full: string | null;
  readonly other: string | null;
};

/** The first row in which a column differs, or, without a column, that only one has. */
export const sampleOf = async (
  session: Session,
  comparison: Comparison,
  column: ComparedColumn | undefined,
): Promise<SampleRow | undefined> => {
  const { key, time } = comparison;
  const either = (name: string): Sql => sql`coalesce(f.${ident(name)}::text, p.${ident(name)}::text)`;
  const selected = [...key, ...time.map((t) => t.name)].map((name, i) => sql`${either(name)} as ${ident(`k${i}`)}`);
  const values =
    column === undefined
      ? sql`case when f."galley: in" then 'there' else 'missing' end as full, case when p."galley: in" then 'there' else 'missing' end as other`
      : sql`f.${ident(column.name)}::text as full, p.${ident(column.name)}::text as other`;
  const wanted =
    column === undefined
      ? sql`(f."galley: in" is null or p."galley: in" is null)`
      : sql`${BOTH} and ${differs(column, comparison)}`;
  const order = [...time.map((t) => sql`coalesce(f.${ident(t.name)}, p.${ident(t.name)})`), ...key.map(either)];
  const [row] = await session.rows(
    sql`select ${joinSql([...selected, values], sql`, `)} from ${joinedSql(comparison)} where ${wanted} order by ${joinSql(order, sql`, `)} limit 1`,
  );
  if (row === undefined) return undefined;
  return {
    key: key.map((name, i) => ({ column: name, value: row[`k${i}`] ?? null })),
    time: time
      .map((_, i) => row[`k${key.length + i}`] ?? "")
      .map((text, i) => (i === 0 ? text : `#${text}`))
      .join(" "),
    full: row["full"] ?? null,
    other: row["other"] ?? null,
  };
};

/** The rows in which one of these differs (`undefined`: that only one side has), as a query: key, time, both values. */
export const differingRows = (comparison: Comparison, differing: ReadonlySet<string | undefined>): Sql => {
  const { key, time, columns } = comparison;
  const told = columns.filter((c) => differing.has(c.name));
  const identity = [...new Set([...key, ...time.map((t) => t.name)])].filter((n) => told.every((c) => c.name !== n));
  const sides = differing.has(undefined)
    ? [
        sql`case when f."galley: in" then 'there' else 'missing' end as full_build`,
        sql`case when p."galley: in" then 'there' else 'missing' end as future_unknown`,
      ]
    : [];
  const selected = [
    ...identity.map((name) => sql`coalesce(f.${ident(name)}, p.${ident(name)}) as ${ident(name)}`),
    ...sides,
    ...told.flatMap(({ name }) => [sql`f.${ident(name)}`, sql`p.${ident(name)} as ${ident(unknownName(name))}`]),
  ];
  const conditions = [
    ...(differing.has(undefined) ? [sql`f."galley: in" is null or p."galley: in" is null`] : []),
    ...told.map((c) => sql`(${BOTH} and ${differs(c, comparison)})`),
  ];
  const order = joinSql(
    [...time.map((t) => t.name), ...key].map((name) => sql`coalesce(f.${ident(name)}, p.${ident(name)})`),
    sql`, `,
  );
  return sql`select ${joinSql(selected, sql`, `)} from ${joinedSql(comparison)} where ${joinSql(conditions, sql` or `)} order by ${order}`;
};

const BOTH = sql`f."galley: in" and p."galley: in"`;

const joinedSql = (comparison: Comparison): Sql => {
  const { full, other, key } = comparison;
  const on = joinSql(
    key.map((name) => sql`f.${ident(name)} = p.${ident(name)}`),
    sql` and `,
  );
  return sql`(${sideSql(comparison, full)}) as f full join (${sideSql(comparison, other)}) as p on ${on}`;
};

const sideSql = (comparison: Comparison, side: RelationName): Sql => {
  const { time, timeFrom, cutoff, upTo, columns, key, sample } = comparison;
  const owner = timeFrom === undefined ? sql`t` : sql`a`;
  const parts: TimeParts = time.map(({ name, type }) => ({ sql: sql`${owner}.${ident(name)}`, type }));
  const labels = columns.flatMap(({ name, known }) =>
    known === undefined || cutoff === undefined ? [] : [sql`, ${labelSql(known, cutoff)} as ${ident(labelName(name))}`],
  );
  const isAt =
    cutoff === undefined || parts.length === 0 ? sql`false` : sql`coalesce(${comparedTo(parts, "=", cutoff)}, false)`;
  const conditions = [
    ...(cutoff === undefined || parts.length === 0 ? [] : [comparedTo(parts, upTo === "at" ? "<=" : "<", cutoff)]),
    ...(sample === undefined ? [] : [sampledSql(key, sample)]),
  ];
  const where = conditions.length === 0 ? sql`` : sql` where ${joinSql(conditions, sql` and `)}`;
  return sql`select t.*, true as "galley: in", ${isAt} as "galley: at"${joinSql(labels, sql``)} from ${relation(side)} as t${timedSql(timeFrom)}${where}`;
};

const timedSql = (timeFrom: Comparison["timeFrom"]): Sql => {
  if (timeFrom === undefined) return sql``;
  const on = joinSql(
    timeFrom.on.map((name) => sql`a.${ident(name)} = t.${ident(name)}`),
    sql` and `,
  );
  return sql` left join (${timeFrom.rows}) as a on ${on}`;
};

const labelName = (column: string): string => `galley: known ${column}`.slice(0, 60);

const labelSql = ({ when, time }: NonNullable<ComparedColumn["known"]>, cutoff: Cutoff): Sql =>
  isKnownAt(time, when, cutoff);

const sampledSql = (
  key: readonly string[],
  { share, seed }: { readonly share: number; readonly seed: number },
): Sql => {
  const texts = joinSql(
    key.map((name) => sql`t.${ident(name)}::text`),
    sql`, `,
  );
  return sql`(hashtextextended(concat_ws('|', ${texts}), ${literal(seed)}) & 1048575) < ${literal(Math.ceil(share * 1048576))}`;
};

/** A label is compared where it was known in both. */
const differs = (column: ComparedColumn, { cutoff }: Pick<Comparison, "cutoff">): Sql => {
  const different = differentSql(ident(column.name), column.comparedAs);
  return column.known === undefined || cutoff === undefined
    ? different
    : sql`f.${ident(labelName(column.name))} and ${different}`;
};

const differentSql = (name: Sql, as: ComparedAs): Sql => {
  const [f, p] = [sql`f.${name}`, sql`p.${name}`];
  switch (as.kind) {
    case "exact":
      return sql`${f} is distinct from ${p}`;
    case "as jsonb":
      return sql`${f}::jsonb is distinct from ${p}::jsonb`;
    case "as text":
      return sql`${f}::text is distinct from ${p}::text`;
    case "float":
      return sql`(${f} is distinct from ${p} and not coalesce(${closeSql(f, p, as)}, false))`;
    case "floats":
      return sql`(${f} is distinct from ${p} and (${f} is null or ${p} is null or array_dims(${f}) is distinct from array_dims(${p})
        or exists (select from unnest(${f}, ${p}) as u(f, p) where u.f is distinct from u.p and not coalesce(${closeSql(sql`u.f`, sql`u.p`, as)}, false))))`;
  }
};

/** Sums of floats depend on the order of their parts; what cancels leaves an error of the size of the parts. */
const closeSql = (f: Sql, p: Sql, { magnitude, relative }: Extract<ComparedAs, { kind: "float" | "floats" }>): Sql =>
  sql`abs(${f} - ${p}) <= greatest(${literal(relative)} * greatest(abs(${f}), abs(${p})), ${literal(magnitude * relative * 1e-3)})`;
