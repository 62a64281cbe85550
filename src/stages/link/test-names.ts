/** From a generic test and its arguments to the name that dbt gives it, without dbt's shortening. */
import type { PlainValue } from "../../domain/tree.ts";

export type NamedTest = {
  /** As written, with a prefix like `dbt_utils.` if there is one. */
  readonly kind: string;
  /** The node's name; a source's table is `source_table`. */
  readonly of: string;
  readonly isOfSource: boolean;
  /** By dbt's names, the column as `column_name`. */
  readonly arguments: Readonly<Record<string, PlainValue>>;
};

export const testName = ({ kind, of, isOfSource, arguments: given }: NamedTest): string => {
  const dot = kind.lastIndexOf(".");
  const namespace = dot === -1 ? "" : `${kind.slice(0, dot)}_`;
  const type = `${namespace}${isOfSource ? "source_" : ""}${kind.slice(dot + 1)}`;
  // By the names of the arguments, so that their order in the file does not matter.
  const parts = Object.keys(given)
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => partsOf(given[name] ?? null))
    .map((part) => part.replace(/[^0-9a-zA-Z_]+/g, "_"));
  return `${type}_${of}_${parts.join("__")}`;
};

const partsOf = (value: PlainValue): readonly string[] => {
  if (value === null || typeof value !== "object") return [pythonText(value)];
  return (isList(value) ? value : Object.values(value)).map(pythonText);
};

/** dbt prints values as Python does. */
const pythonText = (value: PlainValue): string => {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return String(value);
  const inner = (v: PlainValue): string => (typeof v === "string" ? `'${v}'` : pythonText(v));
  if (isList(value)) return `[${value.map(inner).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([k, v]) => `'${k}': ${inner(v)}`)
    .join(", ")}}`;
};

const isList = (value: PlainValue): value is readonly PlainValue[] => Array.isArray(value);
