/** Feature views in, one entity's features as of a time out, by a statement that the server plans once. */
import { DatabaseError, type Session, type TableResult } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { FeatureView, TypedColumn } from "../../domain/features.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { suggest } from "../../lib/suggest.ts";
import { asOfQuery, type MaxAge } from "./as-of-query.ts";
import { badRow } from "./entity-file.ts";

export type ServedRequest = {
  readonly entity: Readonly<Record<string, string>>;
  /** A time, or a time and the order within it. */
  readonly at: readonly string[];
};

export type Server = {
  readonly columns: readonly TypedColumn[];
  readonly serve: (request: ServedRequest) => Promise<Outcome<TableResult>>;
};

/** The views of one `Server` keep their columns; a new one has another name. */
export const serveViews = (session: Session, views: readonly FeatureView[], maxAge: MaxAge, name: string): Server => {
  const keys = [...new Set(views.flatMap(({ entity }) => entity.map((column) => column.name)))];
  const statements = new Map<number, Sql>();
  const statementFor = (times: number): Sql => {
    const statement = statements.get(times) ?? asOfOne(views, keys, times, maxAge);
    statements.set(times, statement);
    return statement;
  };
  return {
    columns: views.flatMap(({ columns }) => columns.map(({ as, type }) => ({ name: as, type }))),
    serve: async ({ entity, at }) => {
      const wrong = misnamed(keys, entity);
      if (wrong.length > 0) return failed(...wrong);
      const values = [...keys.map((key) => entity[key] ?? null), ...at];
      try {
        return ok(await session.prepared(`${name}_${at.length}`, statementFor(at.length), values));
      } catch (error) {
        if (!(error instanceof DatabaseError) || !error.sqlstate.startsWith("22")) throw error;
        return failed(badRow(`the entity or its time cannot be used: ${error.message}`, undefined));
      }
    },
  };
};

/** The time's columns are named as no key is. */
const asOfOne = (views: readonly FeatureView[], keys: readonly string[], times: number, maxAge: MaxAge): Sql => {
  const timeNames = Array.from({ length: times }, (_, i) => `galley time ${i + 1}`);
  const values = [...keys, ...timeNames].map((name, i) => sql`${parameter(i + 1)}::text as ${ident(name)}`);
  const rows = { from: sql`(select ${joinSql(values, sql`, `)})`, shown: [], orderBy: undefined };
  const timed = views.map((view) => ({ view, times: timeNames.slice(0, view.eventTime.length) }));
  return asOfQuery(rows, timed, maxAge);
};

const parameter = (number: number): Sql => sql`$${literal(number)}`;

const misnamed = (keys: readonly string[], entity: Readonly<Record<string, string>>): readonly Diagnostic[] => {
  const wrong = (message: string, help: string): Diagnostic => errorOf("features/bad-entities", message, { help });
  const missing = keys.filter((key) => !(key in entity));
  const strange = Object.keys(entity).filter((key) => !keys.includes(key));
  return [
    ...strange.map((key) => {
      const near = suggest(key, keys);
      return wrong(
        `no feature has the key "${key}"`,
        near === undefined ? `keys are ${keys.join(", ")}` : `did you mean "${near}"?`,
      );
    }),
    ...missing.map((key) => wrong(`the entity has no ${key}`, `say ${keys.map((k) => `${k}=…`).join(" ")}`)),
  ];
};
