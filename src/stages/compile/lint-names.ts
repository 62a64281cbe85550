/** What a query names by itself in, what is wrong or doubtful about it out, with the form that Galley has for it. */
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import type { Manifest } from "../../domain/manifest.ts";
import { relationKey } from "../../domain/names.ts";
import { originAtOffset, type Sql, textOf } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { suggest } from "../../lib/suggest.ts";
import type { NamedRelation, Names } from "../../sql-syntax/names.ts";
import { isSecretAt } from "../../sql-syntax/slice.ts";
import type { Written } from "./render.ts";

/** How each relation of the project is referred to, by name and by schema and name. */
export type KnownNames = {
  readonly byName: ReadonlyMap<string, string>;
  readonly byRelation: ReadonlyMap<string, string>;
};

export const knownNames = ({ nodes }: Manifest): KnownNames => {
  const byName = new Map<string, string>();
  const byRelation = new Map<string, string>();
  for (const node of nodes.values()) {
    switch (node.kind) {
      case "data-test":
      case "unit-test":
        break;
      case "source": {
        const form = sourceForm(node.sourceName, node.name.slice(node.sourceName.length + 1));
        // A model of the same name is the likelier meaning of a bare name.
        if (!byName.has(node.relation.name)) byName.set(node.relation.name, form);
        byRelation.set(relationKey(node.relation), form);
        break;
      }
      case "model":
      case "seed":
      case "snapshot":
        byName.set(node.name, refForm(node.name));
        byRelation.set(relationKey(node.relation), refForm(node.name));
        break;
      default:
        unreachable(node);
    }
  }
  return { byName, byRelation };
};

const refForm = (name: string): string => `{{ref "${name}"}}`;
const sourceForm = (source: string, table: string): string => `{{source "${source}" "${table}"}}`;

/** `names` are those of `written.sql`. */
export const lintNames = (
  names: Names,
  written: Written,
  known: () => KnownNames,
  searchPath: readonly string[],
): readonly Diagnostic[] => {
  const found: Diagnostic[] = [];
  for (const named of names.relations) {
    if (written.referenceOffsets.has(named.offset)) continue;
    const diagnostic = lintRelation(named, written.sql, known, searchPath);
    if (diagnostic !== undefined) found.push(diagnostic);
  }
  for (const { name, offset } of names.clocks)
    found.push(
      warningOf("compile/clock", `${name} differs from run to run`, {
        ...placeOf(written.sql, offset),
        help: `write {{run_started_at}}${name === "current_date" ? "::date" : ""}, the run's time`,
      }),
    );
  return found;
};

const SYSTEM_SCHEMAS = ["pg_catalog", "information_schema"];

const lintRelation = (
  { schema, name, offset }: NamedRelation,
  written: Sql,
  known: () => KnownNames,
  searchPath: readonly string[],
): Diagnostic | undefined => {
  const place = placeOf(written, offset);
  const shown = isSecretAt(written, offset) ? "•••" : name;
  if (schema === undefined) {
    // The catalog is always on the search_path, and what extensions bring may be.
    if (name.startsWith("pg_") || searchPath.length > 0) return undefined;
    const { byName } = known();
    const near = suggest(name, byName.keys());
    const form = byName.get(name) ?? (near === undefined ? undefined : byName.get(near));
    const help =
      form === undefined
        ? `write {{ref "…"}} or {{source "…" "…"}}`
        : byName.has(name)
          ? `write ${form}`
          : `did you mean ${form}?`;
    return errorOf("compile/unqualified-name", `${shown} is no CTE of this query and has no schema`, {
      ...place,
      help,
    });
  }
  if (SYSTEM_SCHEMAS.includes(schema) || searchPath.includes(schema)) return undefined;
  const form = known().byRelation.get(relationKey({ schema, name }));
  return warningOf("compile/hard-coded-name", `${schema}.${shown} is read on live, whatever this run builds`, {
    ...place,
    help:
      form === undefined ? "declare it as a source and write {{source …}}, so that it makes an edge" : `write ${form}`,
  });
};

/** A name as it stands in SQL, with its schema. */
const WHOLE_NAME = /^(?:"(?:[^"]|"")*"|[\p{L}\p{N}_$]+)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[\p{L}\p{N}_$]+))*/u;

const placeOf = (written: Sql, offset: number) => {
  const origin = originAtOffset(written, offset);
  if (origin === undefined) return {};
  const { span, calledFrom } = origin;
  const name = WHOLE_NAME.exec(textOf(written).slice(offset))?.[0] ?? "";
  const isThere = span.file.text.startsWith(name, span.start);
  return {
    at: isThere ? { ...span, end: Math.max(span.end, span.start + name.length) } : span,
    notes: calledFrom.map((at) => ({ message: "called from here", at })),
  };
};
