/** Declared columns and types of the sources that a run reads, held against the database before anything is built. */
import type { Compiled } from "../../domain/compiled.ts";
import { type Diagnostic, errorOf, type Note, warningOf } from "../../domain/diagnostic.ts";
import type { Column, Manifest, SourceNode } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import { type ColumnUse, type FoundColumn, type SourceFacts, typeParts } from "../../domain/source-facts.ts";
import { suggest } from "../../lib/suggest.ts";
import { tableLines } from "../../lib/table.ts";
import { liveReads } from "./live-reads.ts";

/** Sources that the run reads and that say what columns they have. */
export const declaringSources = (
  manifest: Manifest,
  compiled: Compiled,
  inRun: ReadonlySet<NodeId>,
): readonly SourceNode[] =>
  [...liveReads(manifest, compiled, inRun).nodes.keys()].flatMap((id) => {
    const node = manifest.nodes.get(id);
    return node?.kind === "source" && node.columns.length > 0 ? [node] : [];
  });

/** As they are written, without length and precision. */
export const declaredTypes = (sources: readonly SourceNode[]): readonly string[] => [
  ...new Set(sources.flatMap(({ columns }) => columns.flatMap((c) => (c.dataType ? [bareOf(c.dataType.value)] : [])))),
];

const bareOf = (type: string): string => typeParts(type).bare;

export const missingColumns = (
  sources: readonly SourceNode[],
  { columns }: Pick<SourceFacts, "columns">,
): ReadonlyMap<NodeId, ReadonlySet<string>> =>
  new Map(
    sources.flatMap((source) => {
      const found = columns.get(relationKey(source.relation));
      const missing = found === undefined ? [] : missingOf(source, found).map((c) => c.name);
      return missing.length === 0 ? [] : [[source.id, new Set(missing)] as const];
    }),
  );

const missingOf = ({ columns }: SourceNode, found: readonly FoundColumn[]): readonly Column[] =>
  columns.filter(({ name }) => !found.some((f) => f.name === name));

export const sourceFindings = (manifest: Manifest, facts: SourceFacts): readonly Diagnostic[] =>
  [...manifest.nodes.values()].flatMap((node) => {
    const found = node.kind === "source" ? facts.columns.get(relationKey(node.relation)) : undefined;
    if (node.kind !== "source" || found === undefined) return [];
    return [
      ...missingOf(node, found).map((column) => missingColumn(node, column, found, facts.uses)),
      ...otherTypes(node, found, facts),
    ];
  });

/** What nobody in the run uses breaks nothing of it. */
const missingColumn = (
  source: SourceNode,
  { name, span }: Column,
  found: readonly FoundColumn[],
  all: readonly ColumnUse[],
): Diagnostic => {
  const uses = all.filter((use) => use.source === source.id && use.column === name);
  const make = source.config.contract === "enforced" && uses.length > 0 ? errorOf : warningOf;
  return make("plan/source-column-missing", `${relationKey(source.relation)} has no column \`${name}\``, {
    at: span,
    notes: notesOf(uses),
    help: helpFor(source, name, found),
  });
};

const MOST_NOTES = 5;

const notesOf = (uses: readonly ColumnUse[]): readonly Note[] => {
  if (uses.length === 0) return [{ message: "nothing that is built or tested here names it", at: undefined }];
  const shown = uses
    .slice(0, MOST_NOTES)
    .flatMap(({ by, how, origin }): Note[] => [
      { message: `${by} ${HOW[how]}`, at: origin?.span },
      ...(origin?.calledFrom ?? []).map((at) => ({ message: "called from here", at })),
    ]);
  const more = new Set(uses.slice(MOST_NOTES).map((use) => use.by));
  return more.size === 0 ? shown : [...shown, { message: `and in ${[...more].join(", ")}`, at: undefined }];
};

const HOW: Readonly<Record<ColumnUse["how"], string>> = {
  name: "uses it",
  all: "takes it with all others",
  join: "joins by it",
  test: "tests it",
};

const helpFor = (source: SourceNode, name: string, found: readonly FoundColumn[]): string => {
  const declared = new Set(source.columns.map((c) => c.name));
  const others = found.map((f) => f.name).filter((column) => !declared.has(column));
  const near = new Map(missingOf(source, found).map((column) => [column.name, suggest(column.name, others)]));
  const meant = near.get(name);
  if (meant !== undefined) return `did you mean \`${meant}\`?`;
  if (others.length === 0) return "all that it has is declared: take this column out, or bring it back";
  // What is left on both sides when the slips of a letter are paired.
  const [left, ...more] = others.filter((column) => ![...near.values()].includes(column));
  const isAlone = [...near.values()].filter((column) => column === undefined).length === 1;
  if (isAlone && left !== undefined && more.length === 0)
    return `was it renamed? \`${left}\` is there and not declared`;
  return `there and not declared: ${others.slice(0, MOST_NAMES).join(", ")}${others.length > MOST_NAMES ? " …" : ""}`;
};

const MOST_NAMES = 20;

/** One table for all of a source; types that the server does not know cannot be held against it. */
const otherTypes = (
  source: SourceNode,
  found: readonly FoundColumn[],
  { types }: SourceFacts,
): readonly Diagnostic[] => {
  const differing = source.columns.flatMap(({ name, dataType }) => {
    const column = found.find((f) => f.name === name);
    if (dataType === undefined || column === undefined) return [];
    const known = types.get(bareOf(dataType.value));
    return isSame(dataType.value, column, known) ? [] : [{ name, dataType, column, isKnown: known !== undefined }];
  });
  const told = (some: typeof differing, isError: boolean): readonly Diagnostic[] => {
    const [first] = some;
    if (first === undefined) return [];
    const table = tableLines({
      columns: ["column", "declared", "found"],
      rows: some.map(({ name, dataType, column }) => [name, dataType.value, column.type]),
      width: WIDTH,
    });
    const make = isError && source.config.contract === "enforced" ? errorOf : warningOf;
    const what = isError ? "has other types than declared" : "is declared with types that this server does not know";
    return [
      make("plan/source-type-differs", `${relationKey(source.relation)} ${what}\n${table.join("\n")}`, {
        at: first.dataType.span,
        help: `correct \`data_type\`, or the table${make === errorOf ? "; `contract: { enforced: false }` makes it a warning" : ""}`,
      }),
    ];
  };
  return [
    ...told(
      differing.filter((d) => d.isKnown),
      true,
    ),
    ...told(
      differing.filter((d) => !d.isKnown),
      false,
    ),
  ];
};

const WIDTH = 100;

/** A type without its length or precision holds for every one, as in a contract. */
const isSame = (declared: string, { type, bareType }: FoundColumn, known: string | undefined): boolean => {
  const { precision } = typeParts(declared);
  const found = typeParts(type).precision;
  // `numeric(10)` is `numeric(10,0)`.
  return known === bareType && (precision === undefined || precision === found || `${precision},0` === found);
};
