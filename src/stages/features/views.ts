/** Asked features in, views with the types of live out: what columns there are is asked of the database. */
import type { Row, Session } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, type Outcome, outcomeOf, warningOf } from "../../domain/diagnostic.ts";
import type { FeatureColumn, FeatureView, TypedColumn } from "../../domain/features.ts";
import type { Column, ModelNode } from "../../domain/manifest.ts";
import { relationKey } from "../../domain/names.ts";
import { personalColumns } from "../../domain/personal.ts";
import { literal, relation, type Sql, sql, textOf } from "../../domain/sql.ts";
import { suggest } from "../../lib/suggest.ts";
import type { AskedView } from "./asked-features.ts";

export const readViews = async (
  session: Session,
  asked: readonly AskedView[],
): Promise<Outcome<readonly FeatureView[]>> => {
  const found: Diagnostic[] = [];
  const views: FeatureView[] = [];
  for (const one of asked) {
    const columns = await session.rows(columnsOf(one.model));
    if (columns.length === 0) {
      const message = `${one.model.name} is not on live: there is no ${relationKey(one.model.relation)}`;
      found.push(errorOf("features/not-built", message, { help: `galley build --select +${one.model.name}` }));
      continue;
    }
    const types = new Map(columns.map((row) => [row["name"] ?? "", row["type"] ?? ""]));
    const indexes = await session.rows(indexesOf(one.model));
    const isIndexed = indexes.some((row) => leadsThere(row, one));
    views.push(...viewOf(one, types, isIndexed, found));
  }
  if (!found.some((d) => d.severity === "error")) found.push(...doubled(views));
  return outcomeOf(() => views, found);
};

const columnsOf = (model: ModelNode): Sql =>
  sql`select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = to_regclass(${literal(textOf(relation(model.relation)))}) and attnum > 0 and not attisdropped order by attnum`;

const indexesOf = (model: ModelNode): Sql =>
  sql`select i.indisunique as is_unique, array_to_json(array(select a.attname from unnest(i.indkey) with ordinality as k (num, place) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num where k.place <= i.indnkeyatts order by k.place)) as columns from pg_index i where i.indrelid = to_regclass(${literal(textOf(relation(model.relation)))}) and i.indisvalid and i.indpred is null`;

/** Its columns are the entity's, in any order, and then the time's; of a unique one a part of the entity's is enough. */
const leadsThere = ({ columns, is_unique: unique }: Row, { model, entity }: AskedView): boolean => {
  const names = JSON.parse(columns ?? "[]") as readonly string[];
  if (unique === "t" && names.every((name) => entity.includes(name))) return true;
  return (
    names[entity.length] === model.config.eventTime[0] &&
    entity.every((name) => names.slice(0, entity.length).includes(name))
  );
};

const viewOf = (
  asked: AskedView,
  types: ReadonlyMap<string, string>,
  isIndexed: boolean,
  found: Diagnostic[],
): readonly FeatureView[] => {
  const before = found.length;
  const { model, entity } = asked;
  const { eventTime, known } = model.config;
  const typed = (name: string, what: string): readonly TypedColumn[] => {
    const type = types.get(name);
    if (type !== undefined) return [{ name, type }];
    found.push({ ...noColumn(model, name, types), at: model.at, notes: [{ message: what, at: undefined }] });
    return [];
  };
  const view = {
    node: model.id,
    name: model.name,
    relation: model.relation,
    entity: entity.flatMap((name) => typed(name, "it is configured as part of its entity")),
    eventTime: eventTime.flatMap((name) => typed(name, "it is configured as its event_time")),
    known,
    columns: chosen(asked, types, found),
    isIndexed,
  };
  return found.slice(before).some((d) => d.severity === "error") ? [] : [view];
};

const chosen = (
  { model, entity, isWhole, columns }: AskedView,
  types: ReadonlyMap<string, string>,
  found: Diagnostic[],
): readonly FeatureColumn[] => {
  const declared = new Map(model.columns.map((column) => [column.name, column]));
  const named = columns.flatMap(({ column, as }): readonly FeatureColumn[] => {
    const type = types.get(column);
    if (type === undefined) found.push(noColumn(model, column, types));
    else if (isLabel(model, declared.get(column))) found.push(labelAsked(model, column, declared.get(column)));
    else return [{ name: column, type, as }];
    return [];
  });
  if (!isWhole) return named;
  const personal = personalColumns(model);
  const left = [...types.keys()].filter(
    (name) => personal.has(name) && !entity.includes(name) && !columns.some((c) => c.column === name),
  );
  if (left.length > 0) found.push(personalLeft(model, left));
  const none = new Set([
    ...personal,
    ...entity,
    ...model.config.eventTime,
    ...model.config.uniqueKey,
    ...named.map(({ as }) => as),
  ]);
  const whole = [...types].filter(([name]) => {
    const column = declared.get(name);
    return !none.has(name) && column?.isSurrogate !== true && !isLabel(model, column);
  });
  return [...whole.map(([name, type]) => ({ name, type, as: name })), ...named];
};

/** Whoever names a column means it; whoever names a model may not know what is in it. */
const personalLeft = ({ name, columns }: ModelNode, left: readonly string[]): Diagnostic =>
  warningOf("features/personal", `${name} comes without ${left.join(", ")}: personal, by meta.pii`, {
    at: columns.find((c) => left.includes(c.name))?.span,
    help: `ask for it by name, if it is to come along: ${left.map((column) => `${name}.${column}`).join(",")}`,
  });

const labelAsked = ({ name }: ModelNode, column: string, declared: Column | undefined): Diagnostic =>
  errorOf("features/not-known", `${name}.${column} is a label, which is known only after its row's time`, {
    at: declared?.span,
    help: "let it come along as a column of the entities",
  });

/** Of what holds the state after an event every column is known after its time. */
const isLabel = ({ config }: ModelNode, column: Column | undefined): boolean =>
  config.known === "before" && column?.known?.when === "after";

const noColumn = ({ name }: ModelNode, column: string, types: ReadonlyMap<string, string>): Diagnostic => {
  const near = suggest(column, types.keys());
  const help = near === undefined ? `it has ${[...types.keys()].join(", ")}` : `did you mean "${near}"?`;
  return errorOf("features/unknown-feature", `${name} has no column "${column}"`, { help });
};

const doubled = (views: readonly FeatureView[]): readonly Diagnostic[] => {
  const by = new Map<string, string>();
  return views.flatMap(({ name, columns }) =>
    columns.flatMap((column) => {
      const first = by.get(column.as);
      by.set(column.as, first ?? name);
      if (first === undefined) return [];
      const from = first === name ? `twice from ${name}` : `from ${first} and from ${name}`;
      const help = `give one another name: ${column.as}_2=${name}.${column.name}`;
      return [errorOf("features/duplicate-column", `"${column.as}" comes ${from}`, { help })];
    }),
  );
};
