/**
 * The instants at which the past is rebuilt: values of the features' event time. Edges first, where rare leaks show, then
 * random ones weighted by rows, so that each run under the same seed and data looks at the same days.
 */
import type { Row, Session } from "../../../domain/contracts/database.ts";
import { type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { RelationName } from "../../../domain/names.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { type Cutoff, commonMembers } from "../known/moments.ts";
import type { MaskedSource } from "./masked-source.ts";
import type { ReadRelation } from "./read-relation.ts";

export type CutoffRequest = {
  readonly features: readonly ReadRelation[];
  readonly sources: readonly MaskedSource[];
  readonly count: number;
  readonly seed: number;
  /** Where the list of instants may stand. */
  readonly scratch: RelationName;
};

/** The longest tuple is the clock of all: whoever has fewer members is compared by those. */
export const clockOf = (features: readonly ReadRelation[]): ReadRelation["time"] =>
  features.reduce<ReadRelation["time"]>((longest, { time }) => (time.length > longest.length ? time : longest), []);

const RANDOM_ONES = 3;
/** Also of few: what random ones do not find. */
const FIRST_EDGES = 2;

export const chooseCutoffs = async (session: Session, request: CutoffRequest): Promise<readonly Cutoff[]> => {
  const clock = clockOf(request.features);
  await listInstants(session, request, clock);
  const chosen = new Map<string, string>();
  const edges = Math.max(1, Math.min(FIRST_EDGES, request.count - 1), request.count - RANDOM_ONES);
  for (const edge of edgesOf(request, clock)) {
    if (chosen.size >= edges) break;
    const taken = [...chosen.keys()];
    const [row] = await session.rows(edge.find(takenSql(taken)));
    if (row?.["i"] != null) chosen.set(row["i"], edge.reason);
  }
  const more = await session.rows(
    sql`select ${I}::text as i from ${relation(request.scratch)} where ${takenSql([...chosen.keys()])} order by ${drawn(request.seed)} limit ${literal(request.count - chosen.size)}`,
  );
  for (const row of more) chosen.set(row["i"] ?? "", "drawn at random");
  const rows = await session.rows(
    sql`select ${I}::text as i, ${joinSql(
      clock.map((_, k) => sql`${instantMember(k)}::text as ${ident(`t${k}`)}`),
      sql`, `,
    )} from ${relation(request.scratch)} where ${I} in (${joinSql([sql`-1`, ...[...chosen.keys()].map((i) => literal(Number(i)))], sql`, `)}) order by ${I}`,
  );
  return rows.map((row): Cutoff => cutoffOf(row, clock, chosen.get(row["i"] ?? "") ?? ""));
};

const cutoffOf = (row: Row, clock: ReadRelation["time"], reason: string): Cutoff => ({
  members: clock.map(({ type }, k) => ({ text: row[`t${k}`] ?? "", type })),
  reason,
});

const instantMember = (k: number): Sql => ident(`galley: t${k}`);

const listInstants = async (
  session: Session,
  { features, scratch }: CutoffRequest,
  clock: ReadRelation["time"],
): Promise<void> => {
  const types = clock.map((c) => c.type);
  const whole = features.filter(
    ({ time }) =>
      time.length === clock.length &&
      commonMembers(
        time.map((t) => t.type),
        types,
      ) !== undefined,
  );
  const members = clock.map((_, k) => instantMember(k));
  const lists = whole.map(({ full, time }) => {
    const columns = time.map(({ name }, k) => sql`${ident(name)} as ${instantMember(k)}`);
    return sql`select ${joinSql(columns, sql`, `)} from ${relation(full)} where ${joinSql(
      time.map((t) => sql`${ident(t.name)} is not null`),
      sql` and `,
    )}`;
  });
  const list = joinSql(members, sql`, `);
  await session.run(sql`
create unlogged table ${relation(scratch)} as
select row_number() over (order by ${list}) as ${I}, ${list}, count(*) as ${N} from (${joinSql(lists, sql`\nunion all\n`)}) x group by ${list};
analyze ${relation(scratch)}`);
};

/** Names that no column has, for other relations stand beside the list. */
const I = ident("galley: i");
const N = ident("galley: n");

const takenSql = (taken: readonly string[]): Sql =>
  sql`${I} not in (${joinSql([sql`-1`, ...taken.map((i) => literal(Number(i)))], sql`, `)})`;

/** Smallest first: what has more rows comes sooner. */
const drawn = (seed: number): Sql =>
  sql`-ln((((hashtextextended(${I}::text, ${literal(seed)}) >> 11) & 9007199254740991)::float8 + 1) / 9007199254740993) / ${N}`;

type Edge = { readonly reason: string; readonly find: (free: Sql) => Sql };

const DAYS: ReadonlySet<string> = new Set(["date", "timestamp without time zone", "timestamp with time zone"]);

const edgesOf = (request: CutoffRequest, clock: ReadRelation["time"]): readonly Edge[] => {
  const from = relation(request.scratch);
  const t = instantMember(0);
  const isDay = DAYS.has(clock[0]?.type ?? "");
  const one = (reason: string, where: Sql, order: Sql): Edge => ({
    reason,
    find: (free) => sql`select ${I}::text as i from ${from} where ${free} and ${where} order by ${order} limit 1`,
  });
  const byHash = drawn(request.seed);
  const recent = one(
    "one of the last 30 days",
    sql`${t} > (select max(${t}) - interval '30 days' from ${from})`,
    byHash,
  );
  return [
    one("the last", sql`true`, sql`${I} desc`),
    one("the first", sql`true`, I),
    ...between(request),
    one("the second", sql`true`, I),
    ...(isDay ? [recent] : []),
    ...(isDay
      ? [
          {
            reason: "before the longest pause",
            find: (free: Sql) =>
              sql`select ${I}::text as i from (select *, lead(${t}) over (order by ${I}) - ${t} as pause from ${from}) x where ${free} and pause is not null order by pause desc, ${I} limit 1`,
          },
        ]
      : []),
    one("the most rows", sql`true`, sql`${N} desc, ${byHash}`),
    ...fixtures(request, clock),
  ];
};

/** Between an event and the time at which a value of it is known: there alone it shows that the value was used too early. */
const between = ({ sources, scratch, seed }: CutoffRequest): readonly Edge[] =>
  sources.flatMap((source) => {
    if (source.parent !== undefined) return [];
    const { event } = source;
    const rules = [source.rows, ...source.columns.flatMap((c) => c.rule ?? [])];
    const late = rules.flatMap((rule) => (rule.kind === "timed" && rule.time[0] !== undefined ? [rule.time[0]] : []));
    const others = [
      ...new Map(
        late.filter((p) => !event.some((e) => nameIn(e.sql) === nameIn(p.sql))).map((p) => [nameIn(p.sql), p]),
      ),
    ];
    const first = event[0];
    if (first === undefined) return [];
    return others.map(([name]): Edge => {
      const x = sql`x.${ident(name)}`;
      const t = sql`i.${instantMember(0)}`;
      return {
        reason: `between an event and what is known of its ${ofTime(source, name)}`,
        find: (free) => sql`
with few as (select * from ${relation(scratch)} where ${free} order by ${drawn(seed)} limit 40),
x as (select ${first.sql} as e, ${late.find((p) => nameIn(p.sql) === name)?.sql ?? sql`null`} as ${ident(name)} from (select t.*${joinSql(
          source.computed.map((c) => sql`, (${c.sql}\n) as ${ident(c.name)}`),
          sql``,
        )} from ${relation(source.relation)} as t) as s)
select i.${I}::text as i from few i join x on x.e < ${t} and ${x} >= ${t} group by i.${I} order by count(*) desc, i.${I} limit 1`,
      };
    });
  });

/** What is known at a time of its own: columns, or the rows. */
const ofTime = ({ columns }: CutoffRequest["sources"][number], time: string): string => {
  const of = columns.filter(
    ({ rule }) => rule?.kind === "timed" && rule.time[0] !== undefined && nameIn(rule.time[0].sql) === time,
  );
  return of.length === 0 ? "rows" : of.map((c) => c.name).join(", ");
};

/** What a column of `computed` is called. */
const nameIn = (value: Sql): string => (value.pieces.at(-1)?.text ?? "").replace(/^"|"$/g, "");

const MOST_VALUES = 6;

/** One for each value of what sets kinds of events apart long before: playoffs, leagues. */
const fixtures = ({ sources, scratch, seed }: CutoffRequest, clock: ReadRelation["time"]): readonly Edge[] =>
  sources.flatMap((source) => {
    const { event } = source;
    if (source.parent !== undefined || event.length === 0 || event.length > clock.length) return [];
    const computed = joinSql(
      source.computed.map((c) => sql`, (${c.sql}\n) as ${ident(c.name)}`),
      sql``,
    );
    const on = joinSql(
      event.map((e, k) => sql`${e.sql} = i.${instantMember(k)}`),
      sql` and `,
    );
    return source.columns.flatMap(({ name, rule, value }) => {
      const values =
        value.kind === "boolean"
          ? ["true", "false"]
          : value.kind === "others" && value.values.length <= MOST_VALUES
            ? value.values
            : [];
      if (rule?.kind !== "always") return [];
      return values.map(
        (v): Edge => ({
          reason: `${name} = ${v}`,
          find: (free) =>
            sql`select i.${I}::text as i from ${relation(scratch)} i join (select t.*${computed} from ${relation(source.relation)} as t) s on ${on} where ${free} and s.${ident(name)}::text = ${literal(v)} order by ${drawn(seed)}, i.${I} limit 1`,
        }),
      );
    });
  });

/** As a report prints them: `2009-02-03`, `2009-02-03 #4`. */
export const namedCutoffs = (texts: readonly string[], clock: ReadRelation["time"]): Outcome<readonly Cutoff[]> => {
  const cutoffs = texts.map((text): Cutoff => {
    const parts = text.split(" #");
    return {
      members: clock.slice(0, parts.length).map(({ type }, k) => ({ text: (parts[k] ?? "").trim(), type })),
      reason: "named",
    };
  });
  return ok(cutoffs);
};
