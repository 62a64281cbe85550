/**
 * Materialized views outside the run that are made of a replaced relation: their query cannot be changed, so a twin over
 * the new relation is built in the workspace before any lock. Publish gives it the old one's place and names; then the
 * old one, on which nothing is left, is dropped.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { type RelationName, relationKey, workspaceOf } from "../../../domain/names.ts";
import type { Plan } from "../../../domain/plan.ts";
import type { PublishPlan } from "../../../domain/publish-plan.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { NewNames, Requalify } from "../../../sql-syntax/requalify.ts";
import type { Grant } from "./carry/facts.ts";
import { granteeSql, grantSql } from "./carry/grants.ts";
import type { HangingMatview } from "./hanging-facts.ts";
import { optionList, optionsSql, printed } from "./repoint.ts";
import type { MatviewFacts } from "./twin-facts.ts";

export type Twin = {
  readonly of: HangingMatview;
  readonly facts: MatviewFacts;
  /** Where it is built: under its own name, which is what other twins print, where the workspace has none of that name. */
  readonly place: RelationName;
  /** What its indexes and statistics are called until the old ones have gone. */
  readonly tag: string;
};

export const twinsOf = (
  matviews: readonly HangingMatview[],
  facts: readonly MatviewFacts[],
  { relations }: PublishPlan,
): readonly Twin[] => {
  const schema = workspaceOf(relations[0]?.name.schema ?? "");
  const taken = new Set(relations.map((r) => relationKey({ schema: workspaceOf(r.name.schema), name: r.name.name })));
  return facts.flatMap((f, i) => {
    const of = matviews.find((m) => m.oid === f.oid);
    if (of === undefined) return [];
    const tag = `galley_twin_${i}`;
    const wanted = { schema, name: of.name.name };
    const place = taken.has(relationKey(wanted)) ? { schema, name: tag } : wanted;
    taken.add(relationKey(place));
    return [{ of, facts: f, place, tag }];
  });
};

/** One transaction for each. */
export const buildTwin = async (session: Session, twin: Twin, requalify: Requalify, names: NewNames): Promise<void> => {
  const statements = twinStatements(twin, requalify, names);
  await session.run(sql`begin; set local search_path = ''; ${joinSql(statements, sql`; `)}; commit`);
  for (const revoke of await revokesOf(session, twin)) await session.run(revoke);
};

/** Under an empty search_path. What is late is filled when all that it reads shows the new rows. */
export const twinStatements = (twin: Twin, requalify: Requalify, names: NewNames): readonly Sql[] => {
  const { of, facts, place } = twin;
  const { accessMethod, definition, options, isPopulated, columns, indexes, statistics } = facts;
  const rows = isPopulated && of.late === null ? sql`with data` : sql`with no data`;
  const columnChanges = columns.flatMap((column) => columnChangesOf(place, column));
  return [
    inTablespace(facts.tablespace),
    sql`create materialized view ${relation(place)} using ${ident(accessMethod)}${optionsSql(options)} as ${requalify(printed(definition), names)} ${rows}`,
    ...columnChanges,
    ...indexes.flatMap((index, i) => [
      inTablespace(index.tablespace),
      createIndex(index.definition, indexOf(twin, i), place),
    ]),
    ...statistics.flatMap((s, i) => [
      createStatistics(s.definition, statisticsOf(twin, i), place),
      ...(s.target === null
        ? []
        : [sql`alter statistics ${relation(statisticsOf(twin, i))} set statistics ${literal(s.target)}`]),
    ]),
    sql`analyze ${relation(place)}`,
  ];
};

/** What default privileges gave it makes way for exactly what stood. */
export const revokesOf = async (session: Session, { place }: Twin): Promise<readonly Sql[]> => {
  const results = await session.step(sql`
select distinct case x.grantee when 0 then null else pg_get_userbyid(x.grantee) end as grantee from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join aclexplode(c.relacl) x where n.nspname = ${literal(place.schema)} and c.relname = ${literal(place.name)} and x.grantee <> c.relowner`);
  return (results.at(-1)?.rows ?? []).map(
    ({ grantee }) => sql`revoke all on ${relation(place)} from ${granteeSql(grantee ?? null)}`,
  );
};

const inTablespace = (name: string | null): Sql => sql`set local default_tablespace = ${literal(name ?? "")}`;

const columnChangesOf = (place: RelationName, column: MatviewFacts["columns"][number]): readonly Sql[] => {
  const change = sql`alter materialized view ${relation(place)} alter column ${ident(column.name)}`;
  return [
    ...(column.target === null ? [] : [sql`${change} set statistics ${literal(column.target)}`]),
    ...(column.storage === "default" ? [] : [sql`${change} set storage ${authored(column.storage, undefined)}`]),
    ...(column.options.length === 0 ? [] : [sql`${change} set (${optionList(column.options)})`]),
  ];
};

const indexOf = ({ place, tag }: Twin, i: number): RelationName => ({
  schema: place.schema,
  name: `${tag}_i${i}`,
});
const statisticsOf = ({ place, tag }: Twin, i: number): RelationName => ({
  schema: place.schema,
  name: `${tag}_s${i}`,
});

const NAME = String.raw`(?:"(?:[^"]|"")*"|[^"\s.(]+)`;
const INDEX_HEAD = new RegExp(`^CREATE (UNIQUE )?INDEX ${NAME} ON (?:ONLY )?${NAME}\\.${NAME} `);
const STATISTICS_HEAD = new RegExp(`^CREATE STATISTICS ${NAME}\\.${NAME} `);
const STATISTICS_END = new RegExp(` FROM ${NAME}\\.${NAME}$`);

const createIndex = (definition: string, name: RelationName, on: RelationName): Sql => {
  const head = INDEX_HEAD.exec(definition);
  if (head === null) throw new Error(`no index is defined here: ${definition}`);
  const unique = head[1] === undefined ? sql`` : sql`unique `;
  return sql`create ${unique}index ${ident(name.name)} on ${relation(on)} ${printed(definition.slice(head[0].length))}`;
};

const createStatistics = (definition: string, name: RelationName, on: RelationName): Sql => {
  const head = STATISTICS_HEAD.exec(definition);
  const end = STATISTICS_END.exec(definition);
  if (head === null || end === null) throw new Error(`no statistics are defined here: ${definition}`);
  return sql`create statistics ${relation(name)} ${printed(definition.slice(head[0].length, end.index))} from ${relation(on)}`;
};

/** Old ones are called so between the moment when their names are taken and the one when they go. */
const departing = ({ of, tag }: Twin): RelationName => ({ schema: of.name.schema, name: `${tag}_old` });

/** Before anything is re-pointed: the twins stand under the final names. */
export const placeTwins = (twins: readonly Twin[]): readonly Sql[] =>
  twins.flatMap((twin) => {
    const { of, facts, place } = twin;
    const { schema, name } = of.name;
    return [
      sql`alter materialized view ${relation(of.name)} rename to ${ident(departing(twin).name)}`,
      sql`alter materialized view ${relation(place)} set schema ${ident(schema)}`,
      ...(place.name === name
        ? []
        : [sql`alter materialized view ${relation({ schema, name: place.name })} rename to ${ident(name)}`]),
      ...ownership(of.name, facts),
      ...commentsOf(of.name, facts),
    ];
  });

const ownership = (name: RelationName, { owner, grants, columnGrants }: MatviewFacts): readonly Sql[] => {
  const asOwner = (g: Grant): Grant => (g.grantee === owner ? { ...g, isGrantable: false } : g);
  const others = [...(grants ?? []), ...columnGrants];
  return [
    sql`alter materialized view ${relation(name)} owner to ${ident(owner)}`,
    ...(grants === null ? [] : [sql`revoke all on ${relation(name)} from ${ident(owner)}`]),
    ...others.map((g) => grantSql(name, asOwner(g))),
  ];
};

const commentsOf = (name: RelationName, { comment, columns }: MatviewFacts): readonly Sql[] => [
  ...(comment === null ? [] : [sql`comment on materialized view ${relation(name)} is ${literal(comment)}`]),
  ...columns.flatMap((c) =>
    c.comment === null ? [] : [sql`comment on column ${relation(name)}.${ident(c.name)} is ${literal(c.comment)}`],
  ),
];

/** After all has been re-pointed: nothing hangs on the old ones, whose indexes free their names. */
export const dropReplaced = (twins: readonly Twin[]): readonly Sql[] => [
  ...[...twins].reverse().map((twin) => sql`drop materialized view ${relation(departing(twin))}`),
  ...twins.flatMap((twin) => namesBelow(twin)),
  ...twins
    .flatMap(({ of, facts }) => (of.late !== null && facts.isPopulated ? [{ name: of.name, late: of.late }] : []))
    .sort((a, b) => a.late - b.late)
    .map(({ name }) => sql`refresh materialized view ${relation(name)}`),
];

const namesBelow = (twin: Twin): readonly Sql[] => {
  const { of, facts } = twin;
  const { schema } = of.name;
  return [
    ...facts.indexes.flatMap(({ name, isClustered, comment }, i) => [
      sql`alter index ${relation({ schema, name: indexOf(twin, i).name })} rename to ${ident(name)}`,
      ...(isClustered ? [sql`alter materialized view ${relation(of.name)} cluster on ${ident(name)}`] : []),
      ...(comment === null ? [] : [sql`comment on index ${relation({ schema, name })} is ${literal(comment)}`]),
    ]),
    ...facts.statistics.flatMap(({ name, owner, comment }, i) => {
      const made = statisticsOf(twin, i);
      return [
        sql`alter statistics ${relation(made)} set schema ${ident(name.schema)}`,
        sql`alter statistics ${relation({ schema: name.schema, name: made.name })} rename to ${ident(name.name)}`,
        sql`alter statistics ${relation(name)} owner to ${ident(owner)}`,
        ...(comment === null ? [] : [sql`comment on statistics ${relation(name)} is ${literal(comment)}`]),
      ];
    }),
  ];
};

/** Materialized views of these workspaces that no task builds, the last made first: one may be made of another. */
export const dropsOfTwins = async (session: Session, { tasks, writes }: Plan): Promise<readonly Sql[]> => {
  const schemas = joinSql(
    writes.map((s) => literal(workspaceOf(s))),
    sql`, `,
  );
  const rows = await session.rows(sql`
select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'm' and n.nspname in (${schemas}) order by c.oid desc`);
  const built = new Set([...tasks.values()].flatMap((t) => (t.kind === "build" ? [relationKey(t.workspace)] : [])));
  const names = rows.map((r) => ({ schema: r["schema"] ?? "", name: r["name"] ?? "" }));
  return names.filter((n) => !built.has(relationKey(n))).map((n) => sql`drop materialized view ${relation(n)}`);
};

/** What a twin was built from; a change of it while the run went on makes the twin worthless. */
export const likeness = ({ of, facts }: Twin): string => {
  const { owner: _owner, grants: _grants, columnGrants: _columns, comment: _comment, ...built } = facts;
  return JSON.stringify([relationKey(of.name), of.late, built]);
};
