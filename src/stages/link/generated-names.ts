/** PostgreSQL's own names for indexes and constraints: `t_pkey`, `t_a_b_key`, `t_a_fkey`, cut and numbered as it does. */
import { byteLength, cutToBytes, MAX_NAME_BYTES } from "../../domain/names.ts";

/** `table_columns_label`; the longer of the first two is cut until all fits. */
export const objectName = (table: string, columns: string, label: string): string => {
  const overhead = byteLength(label) + 1 + (columns === "" ? 0 : 1);
  let tableBytes = byteLength(table);
  let columnBytes = byteLength(columns);
  while (tableBytes + columnBytes > MAX_NAME_BYTES - overhead) {
    if (tableBytes > columnBytes) tableBytes--;
    else columnBytes--;
  }
  const parts = [cutToBytes(table, tableBytes), ...(columns === "" ? [] : [cutToBytes(columns, columnBytes)]), label];
  return parts.join("_");
};

/** The first of `label`, `label1`, `label2` … whose name is free; it is taken from then on. */
export const chooseName = (table: string, columns: readonly string[], label: string, taken: Set<string>): string => {
  for (let n = 0; ; n++) {
    const name = objectName(table, columns.join("_"), n === 0 ? label : `${label}${n}`);
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
};

/** What an index's column adds to its name; an expression that calls a function is named after the function. */
export const indexColumnNames = (
  columns: readonly (
    | { readonly kind: "column"; readonly name: string }
    | { readonly kind: "expression"; readonly text: { readonly value: string } }
  )[],
): readonly string[] => {
  const names: string[] = [];
  for (const column of columns) {
    const base = column.kind === "column" ? column.name : expressionName(column.text.value);
    let name = base;
    for (let n = 1; names.includes(name); n++) name = `${base}${n}`;
    names.push(name);
  }
  return names;
};

const expressionName = (text: string): string =>
  /^\s*\(*\s*(?:\w+\.)?([a-z_][a-z0-9_]*)\s*\(/i.exec(text)?.[1]?.toLowerCase() ?? "expr";
