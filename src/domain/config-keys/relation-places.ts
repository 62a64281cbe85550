/** Keys of what is made with a relation: its constraints, indexes, partitions, comments and hooks. */
import { GRANULARITIES } from "../partitioning.ts";
import { key, type Place, required } from "./key-rule.ts";

export const relationPlaces = {
  constraint: {
    title: "a constraint",
    keys: {
      type: required(["primary_key", "unique", "foreign_key", "check", "not_null"], "Its kind."),
      name: key("text", "Its name; PostgreSQL's own form by default."),
      columns: key("names", "Its columns."),
      expression: key("sql", "The condition of a check."),
      to: key("text", "What a foreign key refers to: ref('x') or source('a', 'b')."),
      to_columns: key("names", "The columns that a foreign key refers to."),
    },
    ignored: ["warn_unenforced", "warn_unsupported"],
  },
  index: {
    title: "an index",
    keys: {
      name: key("text", "Its name; PostgreSQL's own form by default."),
      columns: required("any", "Columns and expressions, in order."),
      unique: key("boolean", "Whether a key may stand only once."),
      type: key("text", "The access method; btree by default."),
      include: key("names", "Columns that are stored and not part of the key."),
      where: key("sql", "The condition of a partial index."),
      nulls_not_distinct: key("boolean", "Of a unique index, from version 15: true takes two NULLs for the same."),
      storage_parameters: key("mapping", "PostgreSQL's own, by name: `fillfactor: 70`."),
      tablespace: key("text", "The tablespace that it stands in."),
    },
    ignored: [],
  },
  hook: {
    title: "a hook",
    keys: {
      sql: required("sql", "One or several statements."),
      transaction: key("boolean", "false runs it outside the node's transaction, each statement by itself."),
    },
    ignored: ["index"],
  },
  "index column": {
    title: "an index's column",
    keys: {
      column: key("text", "The column."),
      expression: key("sql", "An expression in place of a column."),
      order: key(["asc", "desc"], "The order."),
      nulls: key(["first", "last"], "Where NULL stands."),
      opclass: key("text", "The operator class."),
      collation: key("text", "The collation."),
    },
    ignored: [],
  },
  "persist docs": {
    title: "`persist_docs`",
    keys: {
      relation: key("boolean", "false: the node's description is no comment."),
      columns: key("boolean", "false: those of its columns are none."),
    },
    ignored: [],
  },
  "partition by": {
    title: "`partition_by`",
    keys: {
      type: key(["range", "list", "hash"], "How rows find their partition; range by default."),
      columns: key("names", "The column, for a hash the columns, that it goes by."),
      expression: key("sql", "An expression in place of a column."),
      granularity: key(GRANULARITIES, "Of a range over days or times: the stretch that one partition holds, in UTC."),
      interval: key("number", "Of a range over numbers: how many one partition holds."),
      modulus: key("number", "Of a hash: how many partitions there are."),
      partitions: key("list", "The partitions themselves, in place of those that the data need."),
    },
    ignored: [],
  },
  partition: {
    title: "a partition",
    keys: {
      name: required("text", "Its name, the relation's own."),
      from: key("any", "Of a range: its first value, or `minvalue`."),
      to: key("any", "Of a range: the first value that it no longer holds, or `maxvalue`."),
      values: key("any", "Of a list: its values; null is one."),
      default: key("boolean", "true: it holds what no other does."),
    },
    ignored: [],
  },
  contract: {
    title: "a contract",
    keys: { enforced: key("boolean", "Whether the names and types of the columns are held to.") },
    ignored: ["alias_types"],
  },
} as const satisfies Record<string, Place>;
