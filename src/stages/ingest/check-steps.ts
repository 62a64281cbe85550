/** A mapping and the tables that it loads in; everything that is wrong with it before a row is read, out. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { IngestMapping, IngestStep } from "../../domain/ingest.ts";
import { relationKey } from "../../domain/names.ts";
import type { Located } from "../../domain/source.ts";
import { suggest } from "../../lib/suggest.ts";
import type { TargetTable } from "./target-table.ts";

export const checkSteps = (mapping: IngestMapping, tables: ReadonlyMap<string, TargetTable>): readonly Diagnostic[] =>
  mapping.steps.flatMap((step) => {
    const table = tables.get(relationKey(step.into));
    return table === undefined ? [noSuchTable(step)] : checkStep(step, table);
  });

const noSuchTable = (step: IngestStep): Diagnostic =>
  errorOf("ingest/no-such-table", `there is no table ${relationKey(step.into)}`, {
    at: step.intoSpan,
    help: "tables that files are loaded into are made by migrations: `galley migrate`",
  });

const checkStep = (step: IngestStep, table: TargetTable): readonly Diagnostic[] => {
  const into = relationKey(step.into);
  const mapped = new Set(step.columns.map((c) => c.name.value));
  const keys = new Set(step.key.map((k) => k.value));
  const found: Diagnostic[] = [];
  for (const { name } of step.columns) {
    const column = table.columns.get(name.value);
    if (column === undefined) found.push(noSuchColumn(name, into, table));
    else if (column.isGenerated) {
      const message = `${into}.${name.value} is given by the database, never by a file`;
      found.push(errorOf("ingest/generated-column", message, { at: name.span, help: "leave it out of `columns`" }));
    }
  }
  for (const key of step.key.filter((k) => !mapped.has(k.value))) found.push(notMapped(key, "key", into));
  for (const column of step.update ?? []) {
    if (!mapped.has(column.value)) found.push(notMapped(column, "update", into));
    else if (keys.has(column.value)) {
      const message = `"${column.value}" is the key of ${into}: it finds the row, so it cannot change it`;
      found.push(errorOf("ingest/key-updated", message, { at: column.span, help: "leave it out of `update`" }));
    }
  }
  if (found.length > 0) return found;
  if (!table.uniqueKeys.some((unique) => unique.length === keys.size && unique.every((c) => keys.has(c)))) {
    found.push(keyNotUnique(step, table));
  }
  const missing = [...table.columns].filter(
    ([name, c]) => c.isNotNull && !c.hasDefault && !c.isGenerated && !mapped.has(name) && c.type !== "",
  );
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(", ");
    const message = `the step does not set ${names} of ${into}, NOT NULL and without a default`;
    found.push(errorOf("ingest/column-missing", message, { at: step.intoSpan, help: `add ${names} to \`columns\`` }));
  }
  return found;
};

const noSuchColumn = (name: Located<string>, into: string, table: TargetTable): Diagnostic => {
  const near = suggest(name.value, table.columns.keys());
  return errorOf("ingest/no-such-column", `${into} has no column "${name.value}"`, {
    at: name.span,
    help: near === undefined ? `it has: ${[...table.columns.keys()].join(", ")}` : `did you mean "${near}"?`,
  });
};

const notMapped = (name: Located<string>, where: string, into: string): Diagnostic =>
  errorOf("ingest/not-mapped", `\`${where}\` names "${name.value}", which the step into ${into} does not map`, {
    at: name.span,
    help: `add it to \`columns\`: { ${name.value}: <expression> }`,
  });

const keyNotUnique = (step: IngestStep, table: TargetTable): Diagnostic => {
  const keys = step.key.map((k) => k.value).join(", ");
  const known = table.uniqueKeys.map((columns) => `(${columns.join(", ")})`);
  return errorOf("ingest/key-not-unique", `(${keys}) is no unique constraint of ${relationKey(step.into)}`, {
    at: step.key[0]?.span ?? step.span,
    help:
      known.length === 0
        ? "a row can be found again only by a unique constraint: add one in a migration"
        : `unique there: ${known.join(", ")}; another one is added in a migration`,
  });
};
