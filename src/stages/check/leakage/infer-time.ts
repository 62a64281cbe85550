/**
 * A model that does not say when its rows took place in; the same with the time that its key tells out: a member of the key
 * by the name of an event's time, or the event of a row above it that the key names. Else it is compared altogether, for
 * what keeps no time may differ nowhere.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { keyOf } from "../../../domain/manifest.ts";
import { ident, idents, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import { readColumns } from "../known/read-columns.ts";
import type { ReadRelation } from "./read-relation.ts";
import type { Stage } from "./stage.ts";

export const withTime = async (session: Session, stage: Stage, read: ReadRelation): Promise<ReadRelation> => {
  if (read.time.length > 0 || read.isFeature || !read.hasKey) return read;
  const timed = [...(await modelsAbove(session, stage, read)), ...sourcesAbove(stage, read)];
  const own = (await readColumns(session, read.full)).filter((c) => read.key.includes(c.name));
  for (const { time } of timed) {
    const members = time.map((t) => own.find((c) => c.name === t.name));
    const within = members.slice(0, members.includes(undefined) ? members.indexOf(undefined) : members.length);
    if (within.length > 0) return { ...read, time: within.flatMap((c) => c ?? []) };
  }
  const isNamed = ({ key }: Timed): boolean => key.length > 0 && key.every((name) => read.key.includes(name));
  // The whole key before a part of it, and what is near before what is far.
  const [named] = timed.filter(isNamed).sort((a, b) => b.key.length - a.key.length);
  if (named === undefined) return read;
  const time = named.time.map(({ type }, i) => ({ name: timeName(i), type }));
  return { ...read, time, timeFrom: { rows: named.rows, on: named.key } };
};

type Timed = {
  readonly key: readonly string[];
  readonly time: ReadRelation["time"];
  /** One row for each value of the key, with the members of its time as `timeName`. */
  readonly rows: Sql;
};

const timeName = (i: number): string => `galley: time ${i}`;

/** Nearest first. */
const modelsAbove = async (session: Session, stage: Stage, { node }: ReadRelation): Promise<readonly Timed[]> => {
  const above = stage.above(node.id);
  const found: Timed[] = [];
  for (const model of [...stage.models].reverse()) {
    const place = stage.base.get(model.id);
    if (place === undefined || !above.has(model.id) || model.config.eventTime.length === 0) continue;
    const columns = await readColumns(session, place);
    const time = model.config.eventTime.flatMap((name) => columns.find((c) => c.name === name) ?? []);
    const key = keyOf(model);
    const parts = time.map(({ name }) => ident(name));
    found.push({ key, time, rows: rowsSql(key, parts, relation(place)) });
  }
  return found;
};

const sourcesAbove = (stage: Stage, { node }: ReadRelation): readonly Timed[] => {
  const above = stage.above(node.id);
  const own = stage.masked.filter((s) => above.has(s.node) && s.parent === undefined && s.event.length > 0);
  return own.map(({ node: id, relation: copy, computed, event, eventKey }): Timed => {
    const source = stage.manifest.nodes.get(id);
    const names = source?.kind === "source" ? source.config.eventTime : [];
    // What is computed begins with the event.
    const parts = computed.slice(0, event.length).map((c) => sql`(${c.sql}\n)`);
    const time = event.map(({ type }, i) => ({ name: names[i] ?? "", type }));
    return { key: eventKey, time, rows: rowsSql(eventKey, parts, relation(copy)) };
  });
};

const rowsSql = (key: readonly string[], parts: readonly Sql[], from: Sql): Sql => {
  const members = joinSql(
    parts.map((part, i) => sql`, ${part} as ${ident(timeName(i))}`),
    sql``,
  );
  return key.length === 0 ? sql`` : sql`select distinct on (${idents(key)}) ${idents(key)}${members} from ${from} as t`;
};
