/** The form of an entry in the table of keys. */

export type ValueType =
  | "text"
  /** Text that is SQL; `true` and `0` may stand without quotes. */
  | "sql"
  | "boolean"
  | "number"
  /** One text or a list of texts. */
  | "names"
  | "list"
  | "mapping"
  /** One text, a list of texts, or a mapping. */
  | "names or mapping"
  /** A number of milliseconds, or text such as `200ms`, `5s`, `2min`. */
  | "duration"
  /** SQL, `{ sql, transaction }`, or a list of them: templates. */
  | "hooks"
  | "any"
  | readonly string[];

export type KeyRule = {
  readonly type: ValueType;
  readonly description: string;
  readonly isRequired: boolean;
};

export type Place = {
  /** For people: "a model's config". */
  readonly title: string;
  readonly keys: Readonly<Record<string, KeyRule>>;
  /** dbt's, not acted upon: accepted with a warning. */
  readonly ignored: readonly string[];
};

export const key = (type: ValueType, description: string): KeyRule => ({ type, description, isRequired: false });
export const required = (type: ValueType, description: string): KeyRule => ({ type, description, isRequired: true });

/** Keys that mean the same wherever they stand. */
export const tags = key("names", "Labels for selection (`tag:nightly`); those of all layers add up.");
export const meta = key("mapping", "Free for your own use; merged over the layers.");
export const enabled = key("boolean", "false takes the thing out of the project; usually a var.");
export const description = key("text", "What it is, for the documentation.");
export const eventTime = key("names", "The column or columns that say when a row's event took place, in order.");
/** Of a value or a row: `always`, `event_time`, or an expression over the row. */
export const knownAt = (what: string): KeyRule =>
  key("sql", `${what} known at a time that is not before this: \`always\`, \`event_time\`, or an expression.`);
export const knownAfter = (what: string): KeyRule =>
  key("sql", `${what} known at a time that is after this: \`event_time\`, or an expression.`);

/** Of a source, beside its config too. */
export const freshnessConfig = {
  freshness: key("mapping", "How old the rows may be: `warn_after`, `error_after`, `filter`; null switches it off."),
  loaded_at_field: key(
    "sql",
    "The column, or an expression, that says when a row was loaded; without a zone it is UTC.",
  ),
  loaded_at_query: key("sql", "A query of the newest such time, in place of a column."),
};
